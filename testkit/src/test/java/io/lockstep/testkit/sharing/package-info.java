/** The sharing of partitions among members: the client's decisions against the real engine and a plain model. */
package io.lockstep.testkit.sharing;
