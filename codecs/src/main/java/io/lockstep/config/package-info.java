/** The cluster file: what every process of a cluster reads, as one immutable record. */
package io.lockstep.config;
