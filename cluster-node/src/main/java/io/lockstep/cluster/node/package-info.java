/** The process of a node: contexts, order of start and stop, watchdog, status. */
package io.lockstep.cluster.node;
