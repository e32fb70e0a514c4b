/** The gateway process: configuration, front ends, bridge and HTTP, built in one visible order. */
package io.lockstep.gateway;
