/** Files of what was sent and what came out, and the comparer that counts what differs. Knows nothing of Lockstep. */
package io.lockstep.testkit.compare;
