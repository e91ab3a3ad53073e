type Known<Row> = { [Name in keyof Row as null extends Row[Name] ? never : Name]: Row[Name] };
type Unsure<Row> = { [Name in keyof Row as null extends Row[Name] ? Name : never]?: NonNullable<Row[Name]> };

/** Leaves out what is null: in answers, what does not apply is absent. */
export const withoutNulls = <Row extends object>(row: Row): Known<Row> & Unsure<Row> =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Known<Row> & Unsure<Row>;
