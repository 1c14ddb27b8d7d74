// The attributes of a layer that another layer holds.

import type { Json, JsonObject } from '../json.ts'

/** What Keras 3 adds to every layer, by the value under which it changes nothing. */
const idle: Readonly<Record<string, Json>> = {
  lora_rank: null,
  lora_alpha: null,
  quantization_config: null,
  gptq_unpacked_column_size: null,
  autocast: true,
}

export function innerConfig(config: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(config).filter(([key, value]) => !Object.hasOwn(idle, key) || idle[key] !== value),
  )
}
