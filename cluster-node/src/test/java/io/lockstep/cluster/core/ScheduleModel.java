package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Messages that are held back, in a sorted map: slow and plain. */
final class ScheduleModel {
    /** Headers and payload are told as text. */
    record Held(long id, long dueNs, String topic, long producerSequence, Map<String, String> headers, String payload) {
        /** As the reference counts it: see docs/messaging/time.md. */
        long cost() {
            int length = payload.length();
            for (final Map.Entry<String, String> header : headers.entrySet()) {
                length += 2 + header.getKey().length() + 4 + header.getValue().length();
            }
            return 96 + 68L * ((length + 63) / 64);
        }

        int headersLength() {
            int length = 0;
            for (final Map.Entry<String, String> header : headers.entrySet()) {
                length += 2 + header.getKey().length() + 4 + header.getValue().length();
            }
            return length;
        }
    }

    /** What is expected in the journal for a message. */
    record Delivered(
            long timestampNs,
            String topic,
            long topicSequence,
            long producerSequence,
            Map<String, String> headers,
            String payload) {}

    private static final Comparator<Held> BY_DUE =
            Comparator.comparingLong(Held::dueNs).thenComparingLong(Held::id);

    final TreeMap<Long, Held> held = new TreeMap<>();
    private final Map<String, Long> topicSequences = new TreeMap<>();
    private final int maxCount;
    private final long maxBytes;
    private final int maxHeaders;
    boolean isReadOnly;

    ScheduleModel(final int maxCount, final long maxBytes, final int maxHeaders) {
        this.maxCount = maxCount;
        this.maxBytes = maxBytes;
        this.maxHeaders = maxHeaders;
    }

    /** When a message is due, in whole milliseconds; -1 where it is not held back. */
    static long dueMs(final Map<String, String> headers, final long nowNs) {
        if (headers.containsKey("$delayMs")) {
            return (nowNs + 999_999) / 1_000_000 + Long.parseLong(headers.get("$delayMs"));
        }
        return headers.containsKey("$deliverAtMs")
                ? Math.max(Long.parseLong(headers.get("$deliverAtMs")), nowNs / 1_000_000)
                : -1;
    }

    /** The message as it will be held. */
    static Held toHold(
            final long dueMs,
            final String topic,
            final long sequence,
            final Map<String, String> headers,
            final String payload) {
        final Map<String, String> released = new LinkedHashMap<>();
        headers.forEach((key, value) -> {
            if (key.equals("$delayMs") || key.equals("$deliverAtMs")) {
                released.put("$dueMs", Long.toString(dueMs));
            } else {
                released.put(key, value);
            }
        });
        return new Held(0, dueMs * 1_000_000, topic, sequence, released, payload);
    }

    /** What the answer to a message that asks to be held back is; not counting the cap of the state. */
    ResultCode check(final Held message, final long dueMs, final boolean isAtomic, final boolean isConditional) {
        if (isAtomic || isConditional || dueMs >= 9_223_372_036_854L) {
            return ResultCode.BAD_SCHEDULE;
        }
        if (message.headersLength() > maxHeaders) {
            return ResultCode.HEADERS_TOO_LARGE;
        }
        return held.size() >= maxCount || heldBytes() + message.cost() > maxBytes
                ? ResultCode.SCHEDULE_FULL
                : ResultCode.ACCEPTED;
    }

    void hold(final long id, final Held message) {
        held.put(
                id,
                new Held(id, message.dueNs, message.topic, message.producerSequence, message.headers, message.payload));
    }

    ResultCode cancel(final long id) {
        return held.remove(id) == null ? ResultCode.SCHEDULE_UNKNOWN : ResultCode.ACCEPTED;
    }

    long heldBytes() {
        return held.values().stream().mapToLong(Held::cost).sum();
    }

    /** What a message that is not held back looks like. */
    Delivered deliver(final long nowNs, final Held message) {
        return new Delivered(
                nowNs,
                message.topic,
                topicSequences.merge(message.topic, 1L, Long::sum),
                message.producerSequence,
                message.headers,
                message.payload);
    }

    /** Time passes, and the engine has a turn whenever a message is due: what is released, and when. */
    List<Delivered> pass(final long fromNs, final long toNs) {
        final List<Delivered> released = new ArrayList<>();
        if (!isReadOnly) {
            held.values().stream()
                    .filter(message -> message.dueNs <= toNs)
                    .sorted(BY_DUE)
                    .toList()
                    .forEach(message -> {
                        held.remove(message.id);
                        released.add(deliver(Math.max(fromNs, message.dueNs), message));
                    });
        }
        return released;
    }
}
