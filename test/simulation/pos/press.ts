import { TwinCommandError } from '#twins/definition.ts';
import type { TwinWorld } from '#twins/definition.ts';

/** Somebody in the restaurant does a thing at the twin's till. False: the till does not let them. */
export function press(world: TwinWorld, command: string, body: object): boolean {
  try {
    world.commands[command]?.(body);
    return true;
  } catch (error) {
    if (error instanceof TwinCommandError) return false;
    throw error;
  }
}
