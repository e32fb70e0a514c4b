/**
 * A cluster in a box for tests, ours and users': {@link io.lockstep.testkit.LocalCluster} and the
 * {@link io.lockstep.testkit.ClusterExtension} that owns it, await verbs, a log watcher, fault switches, traffic that
 * checks itself, and a comparison of what all nodes have stored.
 */
package io.lockstep.testkit;
