package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the engine should keep as last values, in plain maps and lists. */
final class RetainedModel {
    static final long SECOND_NS = 1_000_000_000L;
    private static final long NO_EXPIRY = -1;

    /** A message to publish; {@code payload} and {@code headers} have one char for each byte. */
    record Message(
            String topic, boolean isRetained, boolean hasBadHeader, long expiryMs, String headers, String payload) {
        boolean isValue() {
            return isRetained && !payload.isEmpty();
        }

        long cost() {
            return isValue() ? 160L + headers.length() + payload.length() : 0;
        }
    }

    record Held(RetainedMessages.Value value, long expiryNs, long cost) {
        boolean isExpired(final long nowNs) {
            return expiryNs != NO_EXPIRY && expiryNs <= nowNs;
        }

        /** The first whole second at or after the expiry, when the value is removed. */
        long removalNs() {
            return (expiryNs + SECOND_NS - 1) / SECOND_NS * SECOND_NS;
        }
    }

    private final List<String> topics = new ArrayList<>();
    private final Map<String, Long> topicSequences = new HashMap<>();
    private final TreeMap<Integer, Held> values = new TreeMap<>();
    private final long producerId;
    private final long bytesBefore;
    private long producerSequence;
    long quota;
    long cap;

    RetainedModel(final long producerId, final long stateBytes, final long quota, final long cap) {
        this.producerId = producerId;
        this.bytesBefore = stateBytes;
        this.quota = quota;
        this.cap = cap;
    }

    long nextSequence() {
        return producerSequence + 1;
    }

    /** Answers to messages that are accepted or refused one by one; positions are those of the accepted ones. */
    List<ResultCode> publish(final List<Message> messages, final List<Long> positions, final long nowNs) {
        final List<ResultCode> codes = new ArrayList<>();
        int accepted = 0;
        for (final Message message : messages) {
            producerSequence++;
            final ResultCode code = check(message, false, 0, 0);
            if (code == ResultCode.ACCEPTED) {
                accept(message, positions.get(accepted++), nowNs);
            }
            codes.add(code);
        }
        return codes;
    }

    /** Answers to messages of which all or none is accepted. */
    List<ResultCode> publishBatch(final List<Message> messages, final List<Long> positions, final long nowNs) {
        final List<ResultCode> codes = new ArrayList<>();
        final List<String> planned = new ArrayList<>();
        long plannedValues = 0;
        long plannedTopics = 0;
        for (int i = 0; i < messages.size(); i++) {
            final Message message = messages.get(i);
            final ResultCode code =
                    check(message, planned.contains(message.topic()), plannedValues, plannedTopics + plannedValues);
            if (code != ResultCode.ACCEPTED) {
                for (int j = 0; j < messages.size(); j++) {
                    codes.add(i == j ? code : ResultCode.BATCH_REFUSED);
                }
                producerSequence += messages.size();
                return codes;
            }
            plannedValues += Math.max(0, growth(message));
            if (!topics.contains(message.topic()) && !planned.contains(message.topic())) {
                planned.add(message.topic());
                plannedTopics += topicCost(message.topic());
            }
        }
        for (int i = 0; i < messages.size(); i++) {
            producerSequence++;
            accept(messages.get(i), positions.get(i), nowNs);
            codes.add(ResultCode.ACCEPTED);
        }
        return codes;
    }

    /** The engine has a turn: what is to be removed by now is. */
    void turn(final long nowNs) {
        if (values.values().stream().anyMatch(held -> held.expiryNs() != NO_EXPIRY && held.removalNs() <= nowNs)) {
            values.values().removeIf(held -> held.isExpired(nowNs));
        }
    }

    /** What can be listed. */
    List<RetainedMessages.Value> list(final long nowNs) {
        return values.values().stream()
                .filter(held -> !held.isExpired(nowNs))
                .map(Held::value)
                .toList();
    }

    int valueCount() {
        return values.size();
    }

    int topicCount() {
        return topics.size();
    }

    long valueBytes() {
        return values.values().stream().mapToLong(Held::cost).sum();
    }

    long stateBytes() {
        return bytesBefore
                + valueBytes()
                + topics.stream().mapToLong(RetainedModel::topicCost).sum();
    }

    /** When the engine has to have a turn at the latest, or {@link Long#MAX_VALUE}. */
    long dueNs() {
        return values.values().stream()
                .filter(held -> held.expiryNs() != NO_EXPIRY)
                .mapToLong(Held::removalNs)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    private ResultCode check(
            final Message message, final boolean isPlanned, final long plannedValues, final long plannedBytes) {
        final boolean isKnown = topics.contains(message.topic());
        final long topicBytes = isKnown ? 0 : topicCost(message.topic());
        if (!isPlanned && topicBytes > 0 && stateBytes() + plannedBytes + topicBytes > cap) {
            return ResultCode.STATE_FULL;
        }
        if (message.hasBadHeader()) {
            return ResultCode.BAD_HEADERS;
        }
        final long growth = growth(message);
        if (message.isValue() && message.headers().length() + message.payload().length() > 128 * 1024) {
            return ResultCode.RETAINED_TOO_LARGE;
        }
        if (growth > 0 && valueBytes() + plannedValues + growth > quota) {
            return ResultCode.RETAINED_FULL;
        }
        return growth > 0 && stateBytes() + plannedBytes + topicBytes + growth > cap
                ? ResultCode.STATE_FULL
                : ResultCode.ACCEPTED;
    }

    private long growth(final Message message) {
        final Held present = values.get(topics.indexOf(message.topic()) + 1);
        return message.isRetained() ? message.cost() - (present == null ? 0 : present.cost()) : 0;
    }

    private void accept(final Message message, final long position, final long nowNs) {
        if (!topics.contains(message.topic())) {
            topics.add(message.topic());
        }
        final long topicSequence = topicSequences.merge(message.topic(), 1L, Long::sum);
        final int topicId = topics.indexOf(message.topic()) + 1;
        if (message.isValue()) {
            final RetainedMessages.Value value = new RetainedMessages.Value(
                    topicId,
                    position,
                    topicSequence,
                    nowNs,
                    producerId,
                    producerSequence,
                    message.topic(),
                    message.headers(),
                    message.payload());
            final long expiryNs = message.expiryMs() == NO_EXPIRY ? NO_EXPIRY : nowNs + message.expiryMs() * 1_000_000L;
            values.put(topicId, new Held(value, expiryNs, message.cost()));
        } else if (message.isRetained()) {
            values.remove(topicId);
        }
    }

    private static long topicCost(final String topic) {
        return 128L + topic.length();
    }
}
