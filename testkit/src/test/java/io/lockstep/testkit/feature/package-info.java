/**
 * Loads for each feature of messaging, with a judge that knows exactly what must come of them. They run against a cluster
 * that is being broken; see {@link io.lockstep.testkit.feature.FeatureLoad}.
 */
package io.lockstep.testkit.feature;
