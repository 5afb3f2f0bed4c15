// A number for a history: equal histories have equal ones, and others hardly ever. Cheap enough to be kept for every event.

export class Digest {
  private a = 0x811c9dc5;
  private b = 0x9e3779b9;

  add(value: number): void {
    this.a = Math.imul(this.a ^ value, 0x01000193);
    this.b = Math.imul((this.b << 5) ^ (this.b >>> 27) ^ value, 0x85ebca6b);
  }

  addBytes(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index += 1) this.a = Math.imul(this.a ^ (bytes[index] ?? 0), 0x01000193);
    this.add(bytes.length);
  }

  /** Sixteen hexadecimal digits. */
  text(): string {
    return [this.a, this.b].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
