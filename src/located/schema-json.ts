import * as z from 'zod/mini';

/** Keys of our own in a schema's metadata, which JSON Schema does not know. */
const OURS = ['because'];

/** A schema as JSON Schema 2020-12, as the text a person writes (units and all), for editors. Ends with a line feed. */
export const schemaJson = (schema: z.core.$ZodType, title: string): string => {
  const made = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      for (const key of OURS) delete (jsonSchema as Record<string, unknown>)[key];
    },
  });
  const { $schema, ...rest } = made;
  return `${JSON.stringify({ $schema, title, ...rest }, null, 1)}\n`;
};
