/** What a client may do: one meaning of the rules for engine and gateways. Pure: no files, clocks, threads or network. */
package io.lockstep.access.rules;
