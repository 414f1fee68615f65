export interface Piece {
  kind: "same" | "gone" | "new";
  text: string;
}

/** Pieces of two texts, clause by clause: the longest common sequence is what stayed. */
export function compared(before: string, after: string): Piece[] {
  const [old, now] = [clauses(before), clauses(after)];
  const common = table(old, now);
  const found: Piece[] = [];
  let [at, to] = [0, 0];
  while (at < old.length || to < now.length) {
    const gone = old[at];
    const come = now[to];
    if (gone !== undefined && gone === come) {
      add(found, "same", gone);
      [at, to] = [at + 1, to + 1];
    } else if (gone !== undefined && (come === undefined || length(common, at + 1, to) >= length(common, at, to + 1))) {
      add(found, "gone", gone);
      at += 1;
    } else if (come !== undefined) {
      add(found, "new", come);
      to += 1;
    }
  }
  return found;
}

function clauses(text: string): string[] {
  return text.match(/[^，。；：、\n]*[，。；：、\n]|[^，。；：、\n]+$/g) ?? [];
}

/** Lengths of the longest common sequences of what follows each pair of places. */
function table(old: readonly string[], now: readonly string[]): number[][] {
  const lengths = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  for (let at = old.length - 1; at >= 0; at -= 1) {
    for (let to = now.length - 1; to >= 0; to -= 1) {
      const row = lengths[at];
      if (row === undefined) continue;
      row[to] =
        old[at] === now[to]
          ? length(lengths, at + 1, to + 1) + 1
          : Math.max(length(lengths, at + 1, to), length(lengths, at, to + 1));
    }
  }
  return lengths;
}

function length(lengths: readonly (readonly number[])[], at: number, to: number): number {
  return lengths[at]?.[to] ?? 0;
}

function add(found: Piece[], kind: Piece["kind"], text: string) {
  const last = found.at(-1);
  if (last?.kind === kind) last.text += text;
  else found.push({ kind, text });
}
