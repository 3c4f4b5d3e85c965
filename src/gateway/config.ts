import { z } from 'zod';

export type Config = {
  readonly port: number;
  /** The address `serve` listens on. */
  readonly host: string;
  readonly environment: 'development' | 'staging' | 'production';
  /** Absent: the embedded store. */
  readonly databaseUrl: string | undefined;
  readonly dataDirectory: string;
  /** 32 bytes. Absent: the demo makes one and keeps it in the data directory; `serve` and `work` refuse. */
  readonly masterKey: Buffer | undefined;
  readonly rkeeperMock: boolean;
  readonly publicUrl: string | undefined;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
};

const masterKeyBytes = 32;

const environmentSchema = z.object({
  PORT: z.coerce.number().int().min(1).max(65_500).default(8080),
  // Plain HTTP is spoken: whoever opens it to a network says so.
  HOST: z.union([z.ipv4(), z.ipv6(), z.hostname()], 'must be an address or a name').default('127.0.0.1'),
  TABLESIDE_ENV: z.enum(['development', 'staging', 'production']).default('development'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  TABLESIDE_DATA: z.string().min(1).default('.tableside'),
  TABLESIDE_MASTER_KEY: z
    .base64()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine(
      (key) => key.length === masterKeyBytes,
      `must be ${masterKeyBytes} bytes in base64; make one with \`tableside seal-key\``,
    )
    .optional(),
  RKEEPER_MOCK: z.enum(['true', 'false']).default('false'),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  NODE_ENV: z.string().optional(),
});

export type ConfigResult =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'bad'; readonly errors: readonly string[] };

/** Reads the environment. Every complaint is one line that names its variable. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): ConfigResult {
  // An empty variable is an unset one: that is how compose files spell "none".
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    return {
      kind: 'bad',
      errors: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    };
  }
  const values = parsed.data;
  const mock = values.RKEEPER_MOCK === 'true';
  if (mock && (values.NODE_ENV === 'production' || values.TABLESIDE_ENV === 'production')) {
    return { kind: 'bad', errors: ['RKEEPER_MOCK: production never runs in mock mode; unset it'] };
  }
  return {
    kind: 'config',
    config: {
      port: values.PORT,
      host: values.HOST,
      environment: values.TABLESIDE_ENV,
      databaseUrl: values.DATABASE_URL,
      dataDirectory: values.TABLESIDE_DATA,
      masterKey: values.TABLESIDE_MASTER_KEY,
      rkeeperMock: mock,
      publicUrl: values.PUBLIC_URL,
      logLevel: values.LOG_LEVEL,
    },
  };
}
