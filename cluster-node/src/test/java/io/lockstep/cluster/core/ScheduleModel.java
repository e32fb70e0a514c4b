package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Messages that are held back, in a sorted map: slow and plain. */
final class ScheduleModel {
    /** Headers and payload are told as text. */
    record Held(
            long id,
            long dueNs,
            String topic,
            long producerId,
            long producerSequence,
            Map<String, String> headers,
            String payload) {
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
            long producerId,
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
    int producerLimit;
    int topicLimit;
    long released;
    long latenessSumUs;
    long greatestLatenessUs;

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
            final long producerId,
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
        return new Held(0, dueMs * 1_000_000, topic, producerId, sequence, released, payload);
    }

    /** What the answer to a message that asks to be held back is; not counting the cap of the state. */
    ResultCode check(final Held message, final long dueMs, final boolean isAtomic, final boolean isConditional) {
        if (isAtomic || isConditional || dueMs >= 9_223_372_036_854L) {
            return ResultCode.BAD_SCHEDULE;
        }
        if (message.headersLength() > maxHeaders) {
            return ResultCode.HEADERS_TOO_LARGE;
        }
        if (isAtLimit(producerLimit, other -> other.producerId == message.producerId)) {
            return ResultCode.TOO_MANY_SCHEDULED_OF_PRODUCER;
        }
        if (isAtLimit(topicLimit, other -> other.topic.equals(message.topic))) {
            return ResultCode.TOO_MANY_SCHEDULED_OF_TOPIC;
        }
        return held.size() >= maxCount || heldBytes() + message.cost() > maxBytes
                ? ResultCode.SCHEDULE_FULL
                : ResultCode.ACCEPTED;
    }

    private boolean isAtLimit(final int limit, final Predicate<Held> isCounted) {
        return limit > 0 && held.values().stream().filter(isCounted).count() >= limit;
    }

    void hold(final long id, final Held message) {
        held.put(
                id,
                new Held(
                        id,
                        message.dueNs,
                        message.topic,
                        message.producerId,
                        message.producerSequence,
                        message.headers,
                        message.payload));
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
                message.producerId,
                message.producerSequence,
                message.headers,
                message.payload);
    }

    /** Time passes, and the engine has a turn whenever a message is due: what is released, and when. */
    List<Delivered> pass(final long fromNs, final long toNs) {
        final List<Delivered> delivered = new ArrayList<>();
        if (!isReadOnly) {
            held.values().stream()
                    .filter(message -> message.dueNs <= toNs)
                    .sorted(BY_DUE)
                    .toList()
                    .forEach(message -> {
                        held.remove(message.id);
                        final long releasedNs = Math.max(fromNs, message.dueNs);
                        countRelease((releasedNs - message.dueNs) / 1_000);
                        delivered.add(deliver(releasedNs, message));
                    });
        }
        return delivered;
    }

    private void countRelease(final long latenessUs) {
        released++;
        latenessSumUs += latenessUs;
        greatestLatenessUs = Math.max(greatestLatenessUs, latenessUs);
    }
}
