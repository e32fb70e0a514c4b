/** A cluster in a box for tests: await verbs, a log watcher and fault switches. */
package io.lockstep.testkit;
