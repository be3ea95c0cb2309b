// Tables as text for a terminal and as Markdown. A table: `title`, `head`, `rows`, and `notes`, lines below it.

export function toText({ title, head, rows, notes = [] }) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const line = (row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  return [`── ${title}`, line(head), ...rows.map(line), ...notes].join('\n');
}

export function toMarkdown({ title, head, rows, notes = [] }) {
  const line = (row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const ruler = `|---${'|---:'.repeat(head.length - 1)}|`;
  const below = notes.length > 0 ? `\n\n${notes.join('; ')}.` : '';
  return `**${title}**\n\n${[line(head), ruler, ...rows.map(line)].join('\n')}${below}`;
}
