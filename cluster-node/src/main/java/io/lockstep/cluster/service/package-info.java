/** Adapters between Aeron Cluster and the engine: bytes into calls, calls into bytes, no decisions. */
package io.lockstep.cluster.service;
