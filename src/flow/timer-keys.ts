// What each timer of the flow calls, by its key.
type Callback = () => void;

export class TimerKeys {
  private readonly callbacks = new Map<string, Callback>();

  has(key: string): boolean {
    return this.callbacks.has(key);
  }

  /** Undefined: it is cancelled. Answers what puts it back as it was. */
  set(key: string, callback: Callback | undefined): () => void {
    const before = this.callbacks.get(key);
    this.put(key, callback);
    return () => this.put(key, before);
  }

  fire(key: string): void {
    const callback = this.callbacks.get(key);
    this.callbacks.delete(key);
    callback?.();
  }

  private put(key: string, callback: Callback | undefined): void {
    if (callback === undefined) this.callbacks.delete(key);
    else this.callbacks.set(key, callback);
  }
}
