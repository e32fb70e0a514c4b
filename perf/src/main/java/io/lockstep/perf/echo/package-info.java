/** The floor: a bare Aeron Cluster that echoes, with the best settings known. Frozen, so that figures stay comparable. */
package io.lockstep.perf.echo;
