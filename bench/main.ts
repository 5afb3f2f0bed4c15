// The executable of the benchmark, which is also that of the small processes it measures limits with, and of a crowd of nodes:
// each loads only its part.
const [mode = '', ...words] = process.argv.slice(2);
if (mode === 'limit') {
  const { runSmallProcess } = await import('./limits/small-process.ts');
  await runSmallProcess(words);
} else if (mode === 'crowd') {
  const { runCrowd } = await import('./lab/crowd.ts');
  await runCrowd(words);
} else {
  const { runBench } = await import('./run-bench.ts');
  await runBench([mode, ...words]);
}
