import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { insertFromFile, parameterNames, readStatement, StatementError, withSettings } from './statement.ts';

const ONE = new Map([['max_threads', '1']]);

describe('readStatement', () => {
  test.each([
    { sql: 'SELECT 1', kind: 'select', text: 'SELECT 1' },
    { sql: ' with x AS (SELECT 1) SELECT * FROM x ; ', kind: 'select', text: ' with x AS (SELECT 1) SELECT * FROM x ' },
    { sql: 'SELECT \';\', ";", `;` -- ; SELECT 2\n', kind: 'select' },
    { sql: "SELECT 'it''s \\'; here'", kind: 'select' },
    { sql: 'SELECT 1 /* ; /* nested ; */ ; */', kind: 'select' },
    { sql: 'SELECT 1; -- done\n;', kind: 'select', text: 'SELECT 1' },
    { sql: 'SELECT $tag$ ; $tag$', kind: 'select' },
    { sql: '(SELECT 1)', kind: 'select' },
    { sql: 'insert INTO t FORMAT Native', kind: 'insert' },
    { sql: 'CREATE TABLE t (a UInt8) ENGINE = Memory', kind: 'other' },
  ])('takes $sql', ({ sql, kind, text = sql }) => {
    const statement = readStatement(sql);
    expect(statement.kind).toBe(kind);
    expect(statement.text).toBe(text);
  });

  test.each(['SELECT 1; SELECT 2', "SELECT ''; DROP TABLE t", 'SELECT 1;\n\nb c', '', ' -- nothing\n', '/* */;'])(
    'refuses %j',
    (sql) => {
      expect(() => readStatement(sql)).toThrow(StatementError);
    },
  );

  test('never throws anything else', () => {
    const piece = fc.constantFrom(
      "'",
      '"',
      '`',
      ';',
      '--',
      '/*',
      '*/',
      '\n',
      '\\',
      '$a$',
      '(',
      ')',
      'SELECT',
      ' ',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          withSettings(readStatement(pieces.join('')), ONE, 'Native');
        } catch (cause) {
          expect(cause).toBeInstanceOf(StatementError);
        }
      }),
    );
  });
});

describe('withSettings', () => {
  test.each([
    { sql: 'SELECT 1', want: "SELECT 1\nFORMAT Native SETTINGS max_threads = '1'" },
    { sql: 'SELECT 1 -- end', want: "SELECT 1 -- end\nFORMAT Native SETTINGS max_threads = '1'" },
    { sql: 'SELECT 1 FORMAT JSON', want: "SELECT 1 FORMAT JSON\nSETTINGS max_threads = '1'" },
    { sql: 'SELECT 1 SETTINGS a = 2', want: "SELECT 1 SETTINGS a = 2\nFORMAT Native SETTINGS max_threads = '1'" },
    { sql: 'SELECT 1 FORMAT JSON SETTINGS a = 2', want: "SELECT 1 FORMAT JSON SETTINGS a = 2, max_threads = '1'" },
    { sql: 'INSERT INTO t (a) FORMAT Native', want: "INSERT INTO t (a)  SETTINGS max_threads = '1' FORMAT Native" },
    {
      sql: "INSERT INTO t FROM INFILE 'f' SETTINGS a = 2 FORMAT Native",
      want: "INSERT INTO t FROM INFILE 'f'  SETTINGS max_threads = '1' ,  a = 2 FORMAT Native",
    },
    { sql: 'INSERT INTO t SELECT 1', want: "INSERT INTO t SELECT 1\nSETTINGS max_threads = '1'" },
  ])('$sql', ({ sql, want }) => {
    expect(withSettings(readStatement(sql), ONE, 'Native')).toBe(want);
  });
});

describe('insertFromFile', () => {
  test.each([
    { sql: 'INSERT INTO t (a) FORMAT Native', want: "INSERT INTO t (a)  FROM INFILE '/f' FORMAT Native" },
    {
      sql: 'INSERT INTO t SETTINGS a = 1 FORMAT Native',
      want: "INSERT INTO t  FROM INFILE '/f' SETTINGS a = 1 FORMAT Native",
    },
  ])('$sql', ({ sql, want }) => {
    expect(insertFromFile(readStatement(sql), '/f')).toBe(want);
  });

  test.each(['SELECT 1', 'INSERT INTO t SELECT 1', "INSERT INTO t FROM INFILE 'x' FORMAT Native", 'INSERT INTO t'])(
    'refuses %s',
    (sql) => {
      expect(() => insertFromFile(readStatement(sql), '/f')).toThrow(StatementError);
    },
  );
});

test('parameterNames finds each once', () => {
  expect(parameterNames('SELECT {a:String}, { b : UInt8 }, {a:String}')).toEqual(new Set(['a', 'b']));
});
