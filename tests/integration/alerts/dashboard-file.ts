/** The chart's dashboard, by the part of Grafana's schema that it uses: any other key is an error. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export const DASHBOARD_FILE = fileURLToPath(new URL('../../../charts/vigilante/files/dashboard.json', import.meta.url));

/** Ids of Grafana's units; a misspelt one would be shown behind the number. */
const UNITS = ['short', 'ops', 'reqps', 's', 'bytes', 'percentunit'] as const;
/** Panels lie on a grid of so many columns. */
export const GRID_COLUMNS = 24;

const text = z.string().min(1);
/** Of whoever looks: no name or id of a data source of somebody's own. */
const DatasourceSchema = z.strictObject({
  type: z.literal('prometheus'),
  uid: z.literal('$datasource'),
});
const GridSchema = z.strictObject({
  h: z.int().positive(),
  w: z.int().positive().max(GRID_COLUMNS),
  x: z.int().nonnegative(),
  y: z.int().nonnegative(),
});
const TargetSchema = z.strictObject({
  refId: z.string().regex(/^[A-Z]$/),
  expr: text,
  legendFormat: text,
  instant: z.literal(true).optional(),
});
const StepSchema = z.strictObject({ color: text, value: z.number().nullable() });
const ValueMappingSchema = z.strictObject({
  type: z.literal('value'),
  options: z.record(z.string(), z.strictObject({ text, index: z.int() })),
});
const ColorSchema = z.strictObject({ mode: z.literal('fixed'), fixedColor: text });
const OverrideSchema = z.strictObject({
  matcher: z.strictObject({ id: z.literal('byName'), options: text }),
  properties: z.tuple([z.strictObject({ id: z.literal('color'), value: ColorSchema })]),
});

const shared = { id: z.int().positive(), title: text, gridPos: GridSchema };
const queried = { ...shared, description: text, datasource: DatasourceSchema, targets: z.array(TargetSchema).min(1) };

const RowSchema = z.strictObject({
  ...shared,
  type: z.literal('row'),
  collapsed: z.literal(false),
  panels: z.tuple([]),
});
const StatSchema = z.strictObject({
  ...queried,
  type: z.literal('stat'),
  fieldConfig: z.strictObject({
    defaults: z.strictObject({
      unit: z.enum(UNITS),
      thresholds: z.strictObject({ mode: z.literal('absolute'), steps: z.array(StepSchema).min(1) }),
      mappings: z.array(ValueMappingSchema).optional(),
    }),
    overrides: z.tuple([]),
  }),
  options: z.strictObject({
    colorMode: z.literal('background'),
    graphMode: z.literal('none'),
    reduceOptions: z.strictObject({
      calcs: z.tuple([z.literal('lastNotNull')]),
      fields: z.literal(''),
      values: z.literal(false),
    }),
  }),
});
const TimeseriesSchema = z.strictObject({
  ...queried,
  type: z.literal('timeseries'),
  fieldConfig: z.strictObject({
    defaults: z.strictObject({
      unit: z.enum(UNITS),
      min: z.literal(0),
      max: z.literal(1).optional(),
      custom: z.strictObject({
        fillOpacity: z.int().min(0).max(100),
        stacking: z.strictObject({ mode: z.enum(['none', 'normal']) }),
        showPoints: z.literal('never'),
      }),
    }),
    overrides: z.array(OverrideSchema),
  }),
  options: z.strictObject({
    legend: z.strictObject({ displayMode: z.literal('list'), placement: z.literal('bottom') }),
    tooltip: z.strictObject({ mode: z.literal('multi'), sort: z.literal('desc') }),
  }),
});

const DatasourceVariableSchema = z.strictObject({
  name: z.literal('datasource'),
  label: text,
  type: z.literal('datasource'),
  query: z.literal('prometheus'),
  multi: z.literal(false),
  includeAll: z.literal(false),
  refresh: z.literal(1),
  options: z.tuple([]),
  current: z.strictObject({}),
});
const QueryVariableSchema = z.strictObject({
  name: text,
  label: text,
  type: z.literal('query'),
  datasource: DatasourceSchema,
  query: z.strictObject({
    refId: text,
    query: text,
  }),
  definition: text,
  refresh: z.literal(2),
  sort: z.literal(1),
  multi: z.literal(true),
  includeAll: z.literal(true),
  allValue: z.literal('.*').optional(),
  current: z.strictObject({
    text: z.tuple([z.literal('All')]),
    value: z.tuple([z.literal('$__all')]),
  }),
  options: z.tuple([]),
});

const DashboardSchema = z.strictObject({
  uid: z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/),
  id: z.null(),
  title: text,
  description: text,
  tags: z.array(text),
  schemaVersion: z.int().min(39),
  version: z.int(),
  editable: z.boolean(),
  graphTooltip: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  timezone: z.literal('browser'),
  refresh: z.string().regex(/^\d+[smh]$/),
  time: z.strictObject({
    from: z.string().regex(/^now-\d+[mhd]$/),
    to: z.literal('now'),
  }),
  links: z.tuple([]),
  annotations: z.strictObject({ list: z.tuple([]) }),
  templating: z.strictObject({ list: z.tuple([DatasourceVariableSchema], QueryVariableSchema) }),
  panels: z.array(z.discriminatedUnion('type', [RowSchema, StatSchema, TimeseriesSchema])),
});
export type Dashboard = z.infer<typeof DashboardSchema>;
export type Panel = Dashboard['panels'][number];
export type QueriedPanel = Exclude<Panel, { type: 'row' }>;

export function readDashboard(): Dashboard {
  return DashboardSchema.parse(JSON.parse(readFileSync(DASHBOARD_FILE, 'utf8')));
}

export function queriedPanels({ panels }: Dashboard): readonly QueriedPanel[] {
  return panels.filter((panel) => panel.type !== 'row');
}

export interface DashboardQuery {
  readonly panel: string;
  /** As Grafana sends it with every variable at *All*. */
  readonly expr: string;
}

/** `rateInterval` is what Grafana would take for the interval of the scrapes. */
export function dashboardQueries(rateInterval: string): readonly DashboardQuery[] {
  return queriedPanels(readDashboard()).flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({
      panel: title,
      expr: expr.replaceAll('$__rate_interval', rateInterval).replaceAll(/\$(cluster|namespace|job)\b/g, '.*'),
    })),
  );
}
