/** Topic names, topic filters and the slots that spread topics over shards. Pure code. */
package io.lockstep.topic;
