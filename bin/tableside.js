#!/usr/bin/env node
// `npx tableside` puts the pinned Node first in PATH, so this already runs on a version that reads TypeScript.
import '../src/gateway/cli.ts';
