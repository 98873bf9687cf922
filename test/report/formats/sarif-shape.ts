/** A message, as SARIF has it in many places. */
const message = {
  type: "object",
  required: ["text"],
  additionalProperties: false,
  properties: { text: { type: "string" } },
};

const logicalLocation = {
  type: "object",
  required: ["name", "kind"],
  additionalProperties: false,
  properties: { name: { type: "string", minLength: 1 }, kind: { enum: ["function", "module"] } },
};

const location = {
  type: "object",
  additionalProperties: false,
  properties: {
    message,
    logicalLocations: { type: "array", minItems: 1, items: logicalLocation },
    physicalLocation: {
      type: "object",
      additionalProperties: false,
      required: ["artifactLocation"],
      properties: {
        artifactLocation: {
          type: "object",
          required: ["uri"],
          additionalProperties: false,
          properties: { uri: { type: "string", pattern: "^([\\w.~-]+:)?[\\w./~-]*(%[0-9A-F]{2}[\\w./~-]*)*$" } },
        },
      },
    },
  },
};

const threadFlowLocation = {
  type: "object",
  required: ["location", "executionOrder", "importance"],
  additionalProperties: false,
  properties: {
    location,
    executionOrder: { type: "integer", minimum: 1 },
    importance: { enum: ["important", "essential", "unimportant"] },
  },
};

const threadFlow = {
  type: "object",
  required: ["id", "locations"],
  additionalProperties: false,
  properties: {
    id: { type: "string", pattern: "^cpu\\d+$" },
    locations: { type: "array", minItems: 1, items: threadFlowLocation },
  },
};

const result = {
  type: "object",
  required: ["ruleId", "ruleIndex", "level", "kind", "message", "locations", "partialFingerprints"],
  additionalProperties: false,
  properties: {
    ruleId: { type: "string" },
    ruleIndex: { type: "integer", minimum: 0 },
    level: { enum: ["error", "note"] },
    kind: { const: "fail" },
    message,
    locations: { type: "array", minItems: 1, items: location },
    partialFingerprints: { type: "object", additionalProperties: { type: "string" } },
    codeFlows: {
      type: "array",
      items: {
        type: "object",
        required: ["threadFlows"],
        additionalProperties: false,
        properties: { message, threadFlows: { type: "array", minItems: 1, items: threadFlow } },
      },
    },
    properties: { type: "object" },
  },
};

const rule = {
  type: "object",
  required: ["id"],
  additionalProperties: false,
  properties: {
    id: { type: "string" },
    shortDescription: message,
    fullDescription: message,
    help: message,
    properties: {
      type: "object",
      properties: { tags: { type: "array", uniqueItems: true, items: { type: "string" } } },
    },
  },
};

const invocation = {
  type: "object",
  required: ["executionSuccessful"],
  additionalProperties: false,
  properties: {
    executionSuccessful: { type: "boolean" },
    toolExecutionNotifications: { type: "array", items: { type: "object", required: ["message"] } },
  },
};

/**
 * The part of SARIF 2.1.0 that our logs use, as a JSON schema in our words: every object that the standard closes is closed here,
 * and what we write is allowed nowhere else than where the standard has it.
 */
export const SARIF_SHAPE = {
  type: "object",
  required: ["$schema", "version", "runs"],
  additionalProperties: false,
  properties: {
    $schema: { type: "string" },
    version: { const: "2.1.0" },
    runs: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["tool", "results", "columnKind", "invocations"],
        additionalProperties: false,
        properties: {
          tool: {
            type: "object",
            required: ["driver"],
            additionalProperties: false,
            properties: {
              driver: {
                type: "object",
                required: ["name", "version", "rules"],
                additionalProperties: false,
                properties: {
                  name: { const: "asilab" },
                  version: { type: "string" },
                  rules: { type: "array", uniqueItems: true, items: rule },
                },
              },
            },
          },
          invocations: { type: "array", items: invocation },
          columnKind: { const: "utf16CodeUnits" },
          results: { type: "array", items: result },
          properties: { type: "object" },
        },
      },
    },
  },
} as const;
