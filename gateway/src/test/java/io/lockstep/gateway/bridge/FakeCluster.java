package io.lockstep.gateway.bridge;

import io.lockstep.access.rules.AccessRules;
import io.lockstep.access.rules.SessionPrincipal;
import io.lockstep.client.SessionOpening;
import io.lockstep.client.SessionPiece;
import io.lockstep.client.SessionSubscription;
import io.lockstep.client.SessionUpdates;
import io.lockstep.client.SessionWill;
import io.lockstep.client.SubscriptionChange;
import io.lockstep.client.SubscriptionResults;
import io.lockstep.client.UpdateAnswer;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.SharedFilter;
import io.lockstep.topic.TopicFilter;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.ReservedHeaders;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Two shards in memory: one journal in the order of both, sessions with a piece in each shard, last values. Time does not pass by
 * itself: wills with a delay and sessions that expire wait for the test. Shared by the links of several gateways.
 */
public final class FakeCluster {
    public static final int SHARDS = 2;

    private static final int RECORD_LENGTH = 64;
    private static final int MESSAGE_LENGTH = 32;

    private final List<Entry> journal = new ArrayList<>();
    private final long[] ends = new long[SHARDS];
    private final List<Map<String, Piece>> pieces = IntStream.range(0, SHARDS)
            .mapToObj(shardId -> (Map<String, Piece>) new TreeMap<String, Piece>())
            .toList();
    private final List<Map<String, FakeMessage>> retained = IntStream.range(0, SHARDS)
            .mapToObj(shardId -> (Map<String, FakeMessage>) new TreeMap<String, FakeMessage>())
            .toList();
    private final List<Map<String, Share>> shares = IntStream.range(0, SHARDS)
            .mapToObj(shardId -> (Map<String, Share>) new TreeMap<String, Share>())
            .toList();
    private final List<String> updates = new ArrayList<>();
    private int lastGroupId;
    private boolean sharesSubscriptions = true;
    private long lastEpoch;
    private boolean isSeeded = true;
    private final long[] firstReadable = new long[SHARDS];
    private int refusingShardId = -1;
    private ResultCode refusal;
    private int fullShardId = -1;
    private AccessRules rulesOfShard1 = AccessRules.ALLOW_ALL;

    /** Topics that begin with {@code 1} live in shard 1, the others in shard 0. */
    static int shardOf(final String topic) {
        return topic.startsWith("1") ? 1 : 0;
    }

    int journalLength() {
        return journal.size();
    }

    Entry entry(final int index) {
        return journal.get(index);
    }

    long end(final int shardId) {
        return ends[shardId];
    }

    /** Updates as they came, in words. */
    public List<String> updates() {
        return updates;
    }

    /** Messages in the journals of all shards. */
    public int messageCount() {
        return (int) journal.stream().filter(entry -> entry.message() != null).count();
    }

    /** Whether a shard holds a session of a client. */
    public boolean hasSession(final int shardId, final String clientId) {
        return pieces.get(shardId).containsKey(clientId);
    }

    /** Packet ids of a client that a shard holds. */
    public List<Integer> packets(final int shardId, final String clientId) {
        return List.copyOf(pieces.get(shardId).get(clientId).packets);
    }

    /** Publishes the wills of clients that are away. */
    public void runWills() {
        pieces.forEach(shard -> List.copyOf(shard.values()).forEach(piece -> {
            if (!piece.isConnected) {
                publishWill(piece);
            }
        }));
    }

    /** Ends one piece of a session, as its expiry does. */
    public void expire(final int shardId, final String clientId) {
        end(pieces.get(shardId).get(clientId), 0);
    }

    /** Ends a session as an operator does, one shard after the other. */
    public void delete(final String clientId) {
        for (final Map<String, Piece> shard : pieces) {
            end(shard.get(clientId), -1);
        }
    }

    /** Why a message is refused, or ACCEPTED; it is appended then. */
    ResultCode accept(final String topic, final byte[] headers, final byte[] payload, final long timestampNs) {
        final int shardId = shardOf(topic);
        final Map<String, byte[]> told = new HashMap<>();
        MessageHeaders.forEach(
                new UnsafeBuffer(headers),
                0,
                headers.length,
                (block, key, keyLength, value, valueLength) ->
                        told.put(text(block, key, keyLength), bytes(block, value, valueLength)));
        final byte[] packet = told.get(ReservedHeaders.PACKET);
        if (packet != null) {
            final ResultCode code = acceptPacket(shardId, new UnsafeBuffer(packet));
            if (code != ResultCode.ACCEPTED) {
                return code;
            }
        }
        ends[shardId] += RECORD_LENGTH;
        final FakeMessage message = new FakeMessage(shardId, ends[shardId], topic, headers, payload, timestampNs);
        journal.add(new Entry(shardId, ends[shardId], message, 0, 0, null));
        shares.get(shardId).values().stream()
                .filter(share -> matches(share.filter, topic))
                .forEach(share -> share.ready.add(message.position()));
        handOut(shardId);
        if (told.containsKey(ReservedHeaders.RETAIN)) {
            if (payload.length == 0) {
                retained.get(shardId).remove(topic);
            } else {
                retained.get(shardId).put(topic, message);
            }
        }
        return ResultCode.ACCEPTED;
    }

    /** Retention takes away what there is in the journal of a shard now. */
    public void removeJournal(final int shardId) {
        firstReadable[shardId] = ends[shardId];
    }

    boolean isRemoved(final int shardId, final long position) {
        return position < firstReadable[shardId];
    }

    /** From now on a shard opens no sessions. */
    public void refuses(final int shardId, final ResultCode code) {
        refusingShardId = shardId;
        refusal = code;
    }

    /** From now on a shard takes no subscriptions. */
    public void takesNoSubscriptions(final int shardId) {
        fullShardId = shardId;
    }

    /** Shard 1 asks these rules for each subscription on somebody's behalf. */
    public void rulesOfShard1(final AccessRules rules) {
        rulesOfShard1 = rules;
    }

    /** Filters that a shard holds for a client and that go on. */
    public List<String> filters(final int shardId, final String clientId) {
        return pieces.get(shardId).get(clientId).subscriptions.stream()
                .filter(SessionSubscription::isGoingOn)
                .map(SessionSubscription::filter)
                .toList();
    }

    public boolean hasWill(final int shardId, final String clientId) {
        return pieces.get(shardId).get(clientId).will != null;
    }

    public boolean isConnected(final int shardId, final String clientId) {
        return pieces.get(shardId).get(clientId).isConnected;
    }

    /** Clients that some shard takes for connected. */
    public List<String> connected() {
        return pieces.stream()
                .flatMap(shard -> shard.values().stream())
                .filter(piece -> piece.isConnected)
                .map(piece -> piece.shardId + " " + piece.clientId)
                .toList();
    }

    /** Whether shard 1 takes sessions. */
    public void isSeeded(final boolean newIsSeeded) {
        isSeeded = newIsSeeded;
    }

    SessionPiece open(final int shardId, final SessionOpening opening) {
        if (refusingShardId == shardId) {
            return refused(refusal, shardId);
        }
        if (!isSeeded && shardId == 1) {
            return refused(ResultCode.NOT_SEEDED, shardId);
        }
        final Piece existing = pieces.get(shardId).get(opening.clientId());
        final boolean isAtHome = opening.epoch() == 0;
        if (!isAtHome && existing != null && existing.epoch >= opening.epoch()) {
            return refused(ResultCode.SESSION_MOVED, shardId);
        }
        final long epoch = isAtHome ? ++lastEpoch : opening.epoch();
        final boolean goesOn = existing != null
                && (isAtHome
                        ? !opening.isCleanStart() && existing.expiryNs > 0
                        : existing.sessionId == opening.sessionId());
        final Piece piece;
        if (goesOn) {
            piece = existing;
            final long olderEpoch = piece.epoch;
            shares.get(shardId).values().forEach(share -> share.leave(olderEpoch));
            if (piece.isConnected && piece.will != null && piece.will.delayNs() == 0) {
                publishWill(piece);
            }
            tell(piece, epoch);
        } else {
            if (existing != null) {
                end(existing, 0);
            }
            piece = new Piece(shardId, opening.clientId(), isAtHome ? epoch : opening.sessionId(), ends[shardId]);
            pieces.get(shardId).put(opening.clientId(), piece);
        }
        piece.isAtHome = isAtHome;
        piece.epoch = epoch;
        piece.isConnected = true;
        piece.expiryNs = opening.expiryNs();
        piece.will = opening.will();
        onShares(piece);
        return new SessionPiece(
                ResultCode.ACCEPTED,
                0,
                ends[shardId],
                piece.sessionId,
                epoch,
                piece.cursorPosition,
                piece.cursorOrdinal,
                piece.expiryNs,
                goesOn,
                List.copyOf(piece.subscriptions),
                piece.marks.entrySet().stream()
                        .mapToLong(mark -> 2 * mark.getKey() + (mark.getValue() ? 1 : 0))
                        .toArray(),
                piece.packets.stream().mapToInt(Integer::intValue).toArray());
    }

    SubscriptionResults change(
            final int shardId,
            final long sessionId,
            final long epoch,
            final List<SubscriptionChange> changes,
            final byte[] principal) {
        final Piece piece = find(shardId, sessionId);
        if (piece == null || piece.epoch != epoch) {
            return new SubscriptionResults(ResultCode.SESSION_MOVED, 0, ends[shardId], new byte[0]);
        }
        final byte[] results = new byte[changes.size()];
        for (int i = 0; i < results.length; i++) {
            final SubscriptionChange change = changes.get(i);
            if (shardId == fullShardId && change.isSubscribing()) {
                results[i] = SubscriptionResults.TOO_MANY;
            } else if (shardId == 1 && change.isSubscribing() && !maySubscribe(principal, change.filter())) {
                results[i] = SubscriptionResults.NOT_ALLOWED;
            } else {
                results[i] = piece.change(change, ends[shardId]);
            }
        }
        onShares(piece);
        return new SubscriptionResults(ResultCode.ACCEPTED, 0, ends[shardId], results);
    }

    private boolean maySubscribe(final byte[] principal, final String filter) {
        return principal.length == 0
                || rulesOfShard1
                        .permissionsOf(SessionPrincipal.decode(new UnsafeBuffer(principal), 0, principal.length)
                                .principal())
                        .maySubscribe(filter);
    }

    UpdateAnswer update(final int shardId, final SessionUpdates batch) {
        final List<Integer> refused = new ArrayList<>();
        for (int i = 0; i < batch.count(); i++) {
            final Piece piece = find(shardId, batch.sessionId(i));
            if (piece == null || piece.epoch != batch.epoch(i)) {
                refused.add(i);
                continue;
            }
            updates.add(shardId + " " + piece.clientId + " " + batch.kind(i) + " " + batch.value(i));
            switch (batch.kind(i)) {
                case CURSOR -> {
                    piece.cursorOrdinal = batch.value(i);
                    piece.cursorPosition = batch.position(i);
                    piece.marks.headMap(batch.value(i), true).clear();
                }
                case RECEIVED -> piece.marks.putIfAbsent(batch.value(i), false);
                case DONE -> piece.marks.put(batch.value(i), true);
                case RELEASED -> piece.packets.remove((int) batch.value(i));
                default -> piece.sentRetained(batch.value(i));
            }
        }
        return new UpdateAnswer(
                ResultCode.ACCEPTED,
                refused.stream().mapToInt(Integer::intValue).toArray());
    }

    void close(
            final int shardId, final long sessionId, final long epoch, final long expiryNs, final boolean keepsWill) {
        final Piece piece = find(shardId, sessionId);
        if (piece == null || piece.epoch != epoch) {
            return;
        }
        piece.isConnected = false;
        onShares(piece);
        piece.will = keepsWill ? piece.will : null;
        piece.expiryNs = expiryNs < 0 ? piece.expiryNs : expiryNs;
        if (piece.expiryNs == 0) {
            end(piece, 0);
        } else if (piece.will != null && piece.will.delayNs() == 0) {
            publishWill(piece);
        }
    }

    /** The values behind a topic, at most two at a time. */
    RetainedPage lastValues(final int shardId, final String filter, final int skipped, final long upToPosition) {
        final TopicFilter parsed = TopicFilter.parse(filter);
        final List<FakeMessage> all = List.copyOf(retained.get(shardId).values());
        final List<FakeMessage> page = all.subList(Math.min(skipped, all.size()), Math.min(skipped + 2, all.size()));
        return new RetainedPage(
                ResultCode.ACCEPTED,
                skipped + 2,
                skipped + 2 >= all.size(),
                page.stream()
                        .filter(message -> message.position() <= upToPosition)
                        .filter(message -> matches(parsed, message.topic()))
                        .map(message -> Delivery.of(
                                message.topic(), message.headers(), message.payload(), message.timestampNs()))
                        .toList());
    }

    private static boolean matches(final TopicFilter filter, final String topic) {
        final byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        return filter.matches(new UnsafeBuffer(name), 0, name.length);
    }

    private ResultCode acceptPacket(final int shardId, final DirectBuffer packet) {
        final Piece piece = find(shardId, packet.getLong(0, ByteOrder.LITTLE_ENDIAN));
        if (piece == null || piece.epoch != packet.getLong(Long.BYTES, ByteOrder.LITTLE_ENDIAN)) {
            return ResultCode.SESSION_MOVED;
        }
        final int packetId = packet.getShort(2 * Long.BYTES, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        return piece.packets.add(packetId) ? ResultCode.ACCEPTED : ResultCode.PACKET_KNOWN;
    }

    private Piece find(final int shardId, final long sessionId) {
        return pieces.get(shardId).values().stream()
                .filter(piece -> piece.sessionId == sessionId)
                .findAny()
                .orElse(null);
    }

    private void end(final Piece piece, final long how) {
        publishWill(piece);
        pieces.get(piece.shardId).remove(piece.clientId);
        piece.subscriptions.clear();
        piece.isConnected = false;
        onShares(piece);
        tell(piece, how);
    }

    private void publishWill(final Piece piece) {
        final SessionWill will = piece.will;
        piece.will = null;
        if (will != null) {
            accept(will.topic(), will.headers(), will.payload(), 1_000_000_000L);
        }
    }

    private void tell(final Piece piece, final long epoch) {
        if (piece.isAtHome) {
            ends[piece.shardId] += RECORD_LENGTH;
            journal.add(new Entry(piece.shardId, ends[piece.shardId], null, piece.sessionId, epoch, null));
        }
    }

    private SessionPiece refused(final ResultCode code, final int shardId) {
        return new SessionPiece(code, 0, ends[shardId], 0, 0, 0, 0, 0, false, List.of(), new long[0], new int[0]);
    }

    private static String text(final DirectBuffer buffer, final int offset, final int length) {
        return new String(bytes(buffer, offset, length), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(final DirectBuffer buffer, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        return bytes;
    }

    /** A message, or where that is null a change of a session. */
    record Entry(int shardId, long position, FakeMessage message, long sessionId, long epoch, Assignment assignment) {}

    /** A message of a shared subscription that is handed out. */
    record Assignment(int groupId, long epoch, long position, int recordLength, int attempt) {}

    /** A shared subscription: what waits, who takes how much, and who has what. */
    private static final class Share {
        private final int groupId;
        private final TopicFilter filter;
        private final TreeSet<Long> ready = new TreeSet<>();
        private final Map<Long, Integer> credits = new LinkedHashMap<>();
        private final Map<Long, Long> holders = new TreeMap<>();
        private final Map<Long, Integer> attempts = new HashMap<>();

        Share(final int groupId, final TopicFilter filter) {
            this.groupId = groupId;
            this.filter = filter;
        }

        // The next one that takes more, or 0.
        long next() {
            return credits.entrySet().stream()
                    .filter(member -> holders.values().stream()
                                    .filter(holder -> holder.equals(member.getKey()))
                                    .count()
                            < member.getValue())
                    .mapToLong(Map.Entry::getKey)
                    .findFirst()
                    .orElse(0);
        }

        void leave(final long epoch) {
            credits.remove(epoch);
            holders.entrySet().stream()
                    .filter(holder -> holder.getValue() == epoch)
                    .forEach(holder -> ready.add(holder.getKey()));
            holders.values().removeIf(holder -> holder == epoch);
        }
    }

    /** Whether subscriptions are shared. */
    public void sharesSubscriptions(final boolean newSharesSubscriptions) {
        sharesSubscriptions = newSharesSubscriptions;
    }

    int findShare(final int shardId, final String filter) {
        final Share share = shares.get(shardId).get(filter);
        return share == null || !sharesSubscriptions ? 0 : share.groupId;
    }

    /** Messages of a shared subscription that nobody has settled. */
    public int openOfShare(final int shardId, final String filter) {
        final Share share = shares.get(shardId).get(filter);
        return share == null ? -1 : share.ready.size() + share.holders.size();
    }

    /** Messages of a shared subscription that connections have. */
    public int heldOfShare(final int shardId, final String filter) {
        return shares.get(shardId).get(filter).holders.size();
    }

    ResultCode credit(final int shardId, final int groupId, final long epoch, final int credit) {
        final Share share = share(shardId, groupId);
        if (share == null || !share.credits.containsKey(epoch)) {
            return ResultCode.NOT_IN_GROUP;
        }
        share.credits.put(epoch, credit);
        handOut(shardId);
        return ResultCode.ACCEPTED;
    }

    ResultCode settle(
            final int shardId, final int groupId, final long epoch, final long[] positions, final int[] attempts) {
        final Share share = share(shardId, groupId);
        if (share == null || !share.credits.containsKey(epoch)) {
            return ResultCode.NOT_IN_GROUP;
        }
        for (int i = 0; i < positions.length; i++) {
            if (share.holders.getOrDefault(positions[i], 0L) == epoch
                    && share.attempts.get(positions[i]) == attempts[i]) {
                share.holders.remove(positions[i]);
            }
        }
        handOut(shardId);
        return ResultCode.ACCEPTED;
    }

    private Share share(final int shardId, final int groupId) {
        return shares.get(shardId).values().stream()
                .filter(share -> share.groupId == groupId)
                .findAny()
                .orElse(null);
    }

    // To those with credit in turn: who got something goes to the end.
    private void handOut(final int shardId) {
        for (final Share share : shares.get(shardId).values()) {
            long epoch = share.next();
            while (epoch != 0 && !share.ready.isEmpty()) {
                final long position = share.ready.pollFirst();
                share.holders.put(position, epoch);
                share.credits.put(epoch, share.credits.remove(epoch));
                ends[shardId] += RECORD_LENGTH;
                journal.add(new Entry(
                        shardId,
                        ends[shardId],
                        null,
                        0,
                        0,
                        new Assignment(
                                share.groupId,
                                epoch,
                                position,
                                MESSAGE_LENGTH,
                                share.attempts.merge(position, 1, Integer::sum))));
                epoch = share.next();
            }
        }
    }

    // A session's shared subscriptions as they are now; its connection is a member while it is there.
    private void onShares(final Piece piece) {
        final Map<String, Share> ofShard = shares.get(piece.shardId);
        final Set<String> wanted = piece.subscriptions.stream()
                .filter(SessionSubscription::isGoingOn)
                .map(SessionSubscription::filter)
                .filter(SharedFilter::isShared)
                .collect(Collectors.toSet());
        for (final String filter : wanted) {
            final Share share = ofShard.computeIfAbsent(
                    filter,
                    unused ->
                            new Share(++lastGroupId, SharedFilter.parse(filter).filter()));
            if (piece.isConnected) {
                share.credits.putIfAbsent(piece.epoch, 0);
            } else {
                share.leave(piece.epoch);
            }
        }
        ofShard.forEach((filter, share) -> {
            if (!wanted.contains(filter)) {
                share.leave(piece.epoch);
            }
        });
        ofShard.keySet()
                .removeIf(filter -> pieces.get(piece.shardId).values().stream()
                        .flatMap(each -> each.subscriptions.stream())
                        .noneMatch(each -> each.isGoingOn() && each.filter().equals(filter)));
        handOut(piece.shardId);
    }

    private static final class Piece {
        private final int shardId;
        private final String clientId;
        private final long sessionId;
        private final List<SessionSubscription> subscriptions = new ArrayList<>();
        private final TreeMap<Long, Boolean> marks = new TreeMap<>();
        private final TreeSet<Integer> packets = new TreeSet<>();
        private boolean isAtHome;
        private boolean isConnected;
        private long epoch;
        private long cursorPosition;
        private long cursorOrdinal;
        private long expiryNs;
        private SessionWill will;

        Piece(final int shardId, final String clientId, final long sessionId, final long position) {
            this.shardId = shardId;
            this.clientId = clientId;
            this.sessionId = sessionId;
            this.cursorPosition = position;
        }

        byte change(final SubscriptionChange change, final long position) {
            final int index = IntStream.range(0, subscriptions.size())
                    .filter(i -> subscriptions.get(i).isGoingOn()
                            && subscriptions.get(i).filter().equals(change.filter()))
                    .findAny()
                    .orElse(-1);
            if (index < 0 && !change.isSubscribing()) {
                return SubscriptionResults.NONE_THERE;
            }
            final int retainHandling = (change.options() & SessionSubscription.RETAIN_HANDLING)
                    >> SessionSubscription.RETAIN_HANDLING_SHIFT;
            final boolean isRetainedDue = retainHandling == 0 || (retainHandling == 1 && index < 0);
            final int options = change.options() | (isRetainedDue ? SessionSubscription.RETAINED_DUE : 0);
            if (index >= 0) {
                final SessionSubscription old = subscriptions.get(index);
                final int plain = old.options() & ~SessionSubscription.RETAINED_DUE;
                if (change.isSubscribing() && plain == change.options() && old.identifier() == change.identifier()) {
                    subscriptions.set(index, with(old, options, SessionSubscription.GOES_ON));
                    return SubscriptionResults.UNCHANGED;
                }
                subscriptions.set(index, with(old, old.options(), position));
                if (!change.isSubscribing()) {
                    return SubscriptionResults.ENDED;
                }
            }
            subscriptions.add(new SessionSubscription(
                    change.filter(), change.identifier(), options, position, SessionSubscription.GOES_ON));
            return index < 0 ? SubscriptionResults.NEW : SubscriptionResults.REPLACED;
        }

        void sentRetained(final long fromPosition) {
            subscriptions.replaceAll(each -> each.fromPosition() == fromPosition
                    ? with(each, each.options() & ~SessionSubscription.RETAINED_DUE, each.untilPosition())
                    : each);
        }

        private static SessionSubscription with(
                final SessionSubscription old, final int options, final long untilPosition) {
            return new SessionSubscription(old.filter(), old.identifier(), options, old.fromPosition(), untilPosition);
        }
    }

    /** A message in the journal. */
    static final class FakeMessage implements LinkMessage {
        private final int shardId;
        private final long position;
        private final String topic;
        private final byte[] headers;
        private final byte[] payload;
        private final long timestampNs;
        private final UnsafeBuffer buffer;
        private final int topicLength;

        FakeMessage(
                final int shardId,
                final long position,
                final String topic,
                final byte[] headers,
                final byte[] payload,
                final long timestampNs) {
            this.shardId = shardId;
            this.position = position;
            this.topic = topic;
            this.headers = headers;
            this.payload = payload;
            this.timestampNs = timestampNs;
            final byte[] name = topic.getBytes(StandardCharsets.UTF_8);
            topicLength = name.length;
            final byte[] all = Arrays.copyOf(name, name.length + headers.length + payload.length);
            System.arraycopy(headers, 0, all, name.length, headers.length);
            System.arraycopy(payload, 0, all, name.length + headers.length, payload.length);
            buffer = new UnsafeBuffer(all);
        }

        String topic() {
            return topic;
        }

        byte[] headers() {
            return headers;
        }

        byte[] payload() {
            return payload;
        }

        @Override
        public int shardId() {
            return shardId;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public DirectBuffer buffer() {
            return buffer;
        }

        @Override
        public int topicOffset() {
            return 0;
        }

        @Override
        public int topicLength() {
            return topicLength;
        }

        @Override
        public int headersOffset() {
            return topicLength;
        }

        @Override
        public int headersLength() {
            return headers.length;
        }

        @Override
        public int payloadOffset() {
            return topicLength + headers.length;
        }

        @Override
        public int payloadLength() {
            return payload.length;
        }

        @Override
        public long timestampNs() {
            return timestampNs;
        }
    }
}
