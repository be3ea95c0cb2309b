/** The views that look at lanes, as long as the program holds them. */
export class ActiveViews<T extends object> {
  private list: WeakRef<T>[] = [];
  private most = 1024;

  add(view: T): void {
    this.list.push(new WeakRef(view));
    if (this.list.length < this.most) return;
    this.list = this.list.filter((ref) => ref.deref() !== undefined);
    this.most = Math.max(1024, this.list.length * 2);
  }

  forEach(visit: (view: T) => void): void {
    for (const ref of this.list) {
      const view = ref.deref();
      if (view !== undefined) visit(view);
    }
  }
}
