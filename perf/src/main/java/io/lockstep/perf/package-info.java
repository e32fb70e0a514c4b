/** JMH suite: codecs, topic match, engine, journal. Run by {@code bench jmh}. */
package io.lockstep.perf;
