// The executable of the benchmark, which is also that of the small processes it measures limits with: each loads only its part.
const [mode = '', ...words] = process.argv.slice(2);
if (mode === 'limit') {
  const { runSmallProcess } = await import('./limits/small-process.ts');
  await runSmallProcess(words);
} else {
  const { runBench } = await import('./run-bench.ts');
  await runBench([mode, ...words]);
}
