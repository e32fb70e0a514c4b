package io.lockstep.cluster.core;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What quotas promise, with exact numbers and plain maps. */
final class QuotaModel {
    private static final BigInteger SECOND = BigInteger.valueOf(1_000_000_000L);

    /** What was taken at one rate: how much is owed, in messages or bytes times nanoseconds. */
    private static final class Bucket {
        private BigInteger owed = BigInteger.ZERO;
        private long sinceNs;

        private BigInteger owedAt(final long nowNs, final long rate) {
            return owed.subtract(BigInteger.valueOf(nowNs - sinceNs).multiply(BigInteger.valueOf(rate)))
                    .max(BigInteger.ZERO);
        }

        private void take(final long nowNs, final long amount, final long rate) {
            owed = owedAt(nowNs, rate).add(BigInteger.valueOf(amount).multiply(SECOND));
            sinceNs = nowNs;
        }

        /** Least whole number of nanoseconds after which less is owed than a second's worth. */
        private long retryAfterNs(final long nowNs, final long rate) {
            final BigInteger excess = owedAt(nowNs, rate).subtract(SECOND.multiply(BigInteger.valueOf(rate)));
            return excess.signum() < 0
                    ? 0
                    : excess.divide(BigInteger.valueOf(rate)).longValueExact() + 1;
        }
    }

    private final Map<String, Bucket> buckets = new HashMap<>();
    private final Map<Long, Integer> createdTopics = new HashMap<>();
    final Set<String> topics = new HashSet<>();
    private long producerRate;
    private long producerByteRate;
    private long topicRate;
    private long topicByteRate;
    long producerTopics;

    void producerRates(final long rate, final long byteRate) {
        if (rate != producerRate || byteRate != producerByteRate) {
            producerRate = rate;
            producerByteRate = byteRate;
            buckets.keySet().removeIf(key -> key.startsWith("p"));
        }
    }

    void topicRates(final long rate, final long byteRate) {
        if (rate != topicRate || byteRate != topicByteRate) {
            topicRate = rate;
            topicByteRate = byteRate;
            buckets.keySet().removeIf(key -> key.startsWith("t"));
        }
    }

    void producerTopics(final long limit) {
        producerTopics = limit;
        if (limit == 0) {
            createdTopics.clear();
        }
    }

    long retryAfterNs(final long producerId, final Iterable<String> names, final long nowNs) {
        long retryAfterNs = Math.max(
                retryAfterNs("pm" + producerId, producerRate, nowNs),
                retryAfterNs("pb" + producerId, producerByteRate, nowNs));
        for (final String name : names) {
            retryAfterNs = Math.max(retryAfterNs, retryAfterNs("tm" + name, topicRate, nowNs));
            retryAfterNs = Math.max(retryAfterNs, retryAfterNs("tb" + name, topicByteRate, nowNs));
        }
        return retryAfterNs;
    }

    boolean mayCreate(final long producerId, final int planned) {
        return producerTopics == 0 || createdTopics.getOrDefault(producerId, 0) + planned < producerTopics;
    }

    void accept(final long producerId, final String name, final int payloadLength, final long nowNs) {
        if (topics.add(name) && producerTopics > 0) {
            createdTopics.merge(producerId, 1, Integer::sum);
        }
        take("pm" + producerId, producerRate, 1, nowNs);
        take("pb" + producerId, producerByteRate, payloadLength, nowNs);
        take("tm" + name, topicRate, 1, nowNs);
        take("tb" + name, topicByteRate, payloadLength, nowNs);
    }

    void forget(final long producerId) {
        buckets.remove("pm" + producerId);
        buckets.remove("pb" + producerId);
        createdTopics.remove(producerId);
    }

    private long retryAfterNs(final String key, final long rate, final long nowNs) {
        return rate == 0 || !buckets.containsKey(key) ? 0 : buckets.get(key).retryAfterNs(nowNs, rate);
    }

    private void take(final String key, final long rate, final long amount, final long nowNs) {
        if (rate > 0) {
            buckets.computeIfAbsent(key, ignored -> new Bucket()).take(nowNs, amount, rate);
        }
    }
}
