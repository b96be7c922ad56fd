/**
 * Finds out what others have done in the folders: files that came, went, moved or grew.
 *
 * @module
 */
import type { Logger } from "../../log.ts";
import { isMissing } from "../fs_errors.ts";
import { type Catalog, placeName } from "./catalog.ts";
import { changedRows, isStored } from "./changed_files.ts";
import { type Change, type IndexRow, OTHER_NAME, REMOVED, SETTLED, UNSETTLED } from "./frames.ts";
import { isSettled, rowOf } from "./found_row.ts";
import type { Layout } from "./layout.ts";
import { type Logged, readLogs } from "./log_file.ts";
import { itemId } from "./names.ts";
import { ABSENT, measureFile, messageNames, statFile, timeOf } from "./scan.ts";
import { fileNameOf } from "./table.ts";
import type { Watch } from "./watch.ts";

/** Others get a go after so much work at a stroke, ms. */
const STROKE = 20;

/** What was found. */
export interface Findings {
  readonly changes: Change[];
  readonly rows: IndexRow[];
}

interface Arrival {
  readonly file: string;
  readonly name: string;
  /** The place of its folder. */
  readonly tag: number;
}

const NO_PATHS: ReadonlySet<string> = new Set();

/** Looks into the folders of one store. */
export class Survey {
  readonly #layout: Layout;
  readonly #watch: Watch;
  readonly #logger: Logger;
  /** Files that could not be read; each is complained about once. */
  #unreadable: Set<string> | undefined;

  constructor(layout: Layout, watch: Watch, logger: Logger) {
    this.#layout = layout;
    this.#watch = watch;
    this.#logger = logger;
  }

  /** Whether a file that may have been growing has had its time, or one was changed. */
  isDue(catalog: Catalog): boolean {
    const { unsettled, mtime } = catalog.table;
    const now = Date.now();
    for (const row of unsettled) if (isSettled(mtime[row] ?? 0, now)) return true;
    return this.#changed(catalog).next().done === false;
  }

  /** Lists the folders that are stale, measures what is new; to be called within a turn. */
  async look(catalog: Catalog): Promise<Findings> {
    const findings: Findings = { changes: [], rows: [] };
    const arrivals: Arrival[] = [];
    /** Rows whose files are no longer where they were, by name. */
    const missing = new Map<string, number[]>();
    const listed = this.#watch.stale().map((tag) => {
      const asked = Date.now();
      const time = this.#watch.timeNow(tag);
      this.#compare(catalog, tag, time, arrivals, missing);
      return { tag, time, asked };
    });
    this.#missElsewhere(catalog, arrivals, missing);
    const unknown = arrivals.filter((arrival) =>
      !this.#isMove(catalog, arrival, missing, findings)
    );
    for (const row of [...missing.values()].flat()) findings.changes.push({ row, to: REMOVED });
    const failed = await this.#measure(catalog, unknown, findings);
    for (const { tag, time, asked } of listed) {
      this.#watch.listed(tag, time, asked, !failed.has(tag));
    }
    await this.#remeasure(catalog, findings);
    await this.#settle(catalog, findings);
    return findings;
  }

  /** The row for a file, measured. */
  async measure(
    id: string,
    file: string,
    tag: number,
    logged: Logged | undefined,
  ): Promise<IndexRow> {
    const facts = await measureFile(this.path(file, tag));
    const row = rowOf(facts, id, file, tag, this.#layout.naming, logged);
    return logged === undefined ? row : this.#asStored(row, logged);
  }

  /**
   * The row for a file that may have been changed, at its old place in the order. Of a message that
   * we stored the fingerprint stays: it tells that the file is not what it was. If it has become
   * shorter all stays: what was cut off must not be served, or deleted, as if it were whole.
   */
  async measureAgain(before: IndexRow): Promise<{ row: IndexRow; isSame: boolean }> {
    const { id, name, tag, identity, created, fingerprint, size } = before;
    const measured = await this.measure(id, fileNameOf(before), tag, undefined);
    const isSame = measured.fingerprint === fingerprint && measured.size === size;
    const wasStored = isStored(this.#layout, name);
    if (wasStored && !isSame && measured.kept < before.kept) {
      this.#complain(this.path(fileNameOf(before), tag), "it is shorter than when it was stored");
      return { row: { ...before, flags: before.flags & ~UNSETTLED }, isSame };
    }
    const flags = measured.flags | (before.flags & OTHER_NAME);
    const kept = { identity, created, flags, ...(wasStored && { fingerprint }) };
    return { row: { ...measured, ...kept }, isSame };
  }

  /** As {@linkcode measureAgain}, where only the log knows what was stored. */
  #asStored(row: IndexRow, { fingerprint, size }: Logged): IndexRow {
    if (fingerprint === "" || fingerprint === row.fingerprint) return row;
    if (row.size >= size) return { ...row, fingerprint };
    this.#complain(this.path(fileNameOf(row), row.tag), "it is shorter than when it was stored");
    // A file has no more octets than the wire: this one is known to be another.
    return { ...row, fingerprint, size, kept: size };
  }

  /** Where the file is. */
  path(file: string, tag: number): string {
    return `${this.#layout.folders[tag]}/${file}`;
  }

  #compare(
    catalog: Catalog,
    tag: number,
    time: number,
    arrivals: Arrival[],
    missing: Map<string, number[]>,
  ): void {
    const known = catalog.named(tag);
    const { naming, folders } = this.#layout;
    const files = time === ABSENT ? [] : messageNames(folders[tag] ?? "", naming);
    let seen = 0;
    for (const file of files) {
      const length = naming.nameLength(file);
      const name = length === file.length ? file : file.slice(0, length);
      const row = known.get(name);
      if (row !== undefined && catalog.table.hasFileName(row, file)) seen++;
      else arrivals.push({ file, name, tag });
    }
    if (seen === known.size) return;
    const there = new Set(files);
    for (const [name, row] of known) {
      if (!there.has(catalog.table.fileName(row))) miss(missing, name, row);
    }
  }

  /** A file that moved on while we listed was seen twice; it is where it was seen last. */
  #missElsewhere(
    catalog: Catalog,
    arrivals: readonly Arrival[],
    missing: Map<string, number[]>,
  ): void {
    for (const { name, tag } of arrivals) {
      const row = missing.has(name) ? undefined : catalog.findName(name);
      const place = row === undefined ? undefined : catalog.table.tag[row];
      if (row === undefined || place === undefined || place === tag) continue;
      if (statFile(this.path(catalog.table.fileName(row), place)) === undefined) {
        miss(missing, name, row);
      }
    }
  }

  /** A file that left one folder and came to another, with nothing else changed, is the same. */
  #isMove(
    catalog: Catalog,
    { file, name, tag }: Arrival,
    missing: Map<string, number[]>,
    findings: Findings,
  ): boolean {
    const rows = missing.get(name);
    if (rows === undefined) return false;
    const info = statFile(this.path(file, tag));
    const { kept, mtime } = catalog.table;
    const row = info === undefined
      ? undefined
      : rows.find((row) => info.size === kept[row] && timeOf(info) === mtime[row]);
    if (row === undefined) return false;
    if (catalog.table.hasFileName(row, file)) findings.changes.push({ row, to: tag });
    else {
      findings.changes.push({ row, to: REMOVED });
      findings.rows.push(catalog.table.renamed(row, tag, file.slice(name.length)));
    }
    missing.set(name, rows.filter((other) => other !== row));
    return true;
  }

  /** Measures new files; gives the tags in whose folders some could not be read. */
  async #measure(
    catalog: Catalog,
    arrivals: readonly Arrival[],
    findings: Findings,
  ): Promise<Set<number>> {
    const failed = new Set<number>();
    const taken = new Set<string>();
    const { logs: folder, naming } = this.#layout;
    const isLogged = ({ name }: Arrival): boolean => naming.isLogged(name);
    // Where all is new the index was lost, and with it what the messages were when they were stored.
    const isAnew = catalog.table.count === 0 && arrivals.length > 0;
    const logs = isAnew || arrivals.some(isLogged) ? readLogs(folder) : undefined;
    let rest = performance.now();
    for (const { file, name, tag } of arrivals) {
      const id = taken.has(name) ? itemId(`${placeName(tag)}/${name}`) : catalog.newId(name, tag);
      taken.add(name);
      try {
        findings.rows.push(await this.measure(id, file, tag, logs?.get(name)));
      } catch (error) {
        if (!isMissing(error)) failed.add(tag);
        // It may have gone meanwhile; but a name that is not UTF-8 cannot be used at all.
        else if (!name.includes("\ufffd")) continue;
        this.#complain(this.path(file, tag), error);
      }
      if (performance.now() - rest > STROKE) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        rest = performance.now();
      }
    }
    return failed;
  }

  /** Looks once more at files that may have been growing. */
  async #settle(catalog: Catalog, findings: Findings): Promise<void> {
    const { table } = catalog;
    const now = Date.now();
    const leaving = new Set(findings.changes.map((change) => change.row));
    for (const row of table.unsettled) {
      if (leaving.has(row) || !isSettled(table.mtime[row] ?? 0, now)) continue;
      const before = table.row(row);
      const info = statFile(this.path(table.fileName(row), before.tag));
      if (info !== undefined && info.size === before.kept && timeOf(info) === before.mtime) {
        findings.changes.push({ row, to: SETTLED });
        continue;
      }
      findings.changes.push({ row, to: REMOVED });
      if (info !== undefined) findings.rows.push((await this.measureAgain(before)).row);
    }
  }

  #changed({ table }: Catalog): Generator<number> {
    return changedRows(this.#layout, table, this.#unreadable ?? NO_PATHS);
  }

  /** Takes down anew what was changed where it lies. */
  async #remeasure(catalog: Catalog, findings: Findings): Promise<void> {
    const leaving = new Set(findings.changes.map((change) => change.row));
    for (const row of this.#changed(catalog)) {
      if (leaving.has(row)) continue;
      const before = catalog.table.row(row);
      try {
        const after = await this.measureAgain(before);
        findings.changes.push({ row, to: REMOVED });
        findings.rows.push(after.row);
      } catch (error) {
        if (!isMissing(error)) this.#complain(this.path(fileNameOf(before), before.tag), error);
      }
    }
  }

  #complain(path: string, error: unknown): void {
    if (this.#unreadable?.has(path)) return;
    (this.#unreadable ??= new Set()).add(path);
    this.#logger.warn("Cannot read a message; it is not served", { path, reason: String(error) });
  }
}

function miss(missing: Map<string, number[]>, name: string, row: number): void {
  missing.set(name, [...missing.get(name) ?? [], row]);
}
