package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.GroupConfig;
import io.lockstep.client.GroupDelivery;
import io.lockstep.client.GroupDetails;
import io.lockstep.client.GroupListener;
import io.lockstep.client.GroupMember;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.MessageOptions;
import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;

/**
 * A group that keeps the order of keys, with four members in two clients: most messages are done at once, some are rejected
 * with a delay first, some are rejected until they are put aside, and some are put aside by a member.
 */
public final class GroupLoad implements FeatureLoad {
    private static final String GROUP = "workers";
    private static final int KEYS = 9;
    private static final int CLIENTS = 2;
    private static final int MEMBERS = 4;
    // So many that no message gets there that is not meant to, because members were slow or lost.
    private static final int MAX_ATTEMPTS = 12;
    private static final int MESSAGES_OF_A_MEMBER = 150;
    private static final int GREATEST_BACKLOG = 100;
    private static final int SAID_AT_ONCE = 20;
    private static final long REJECT_DELAY_NS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final long SHORT_DELAY_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long ACK_TIMEOUT_NS = TimeUnit.MINUTES.toNanos(10);
    private static final long DRAIN_NS = TimeUnit.SECONDS.toNanos(3);

    private record Said(String place, int attempt) {}

    private final Random random;
    private final GroupJudge judge = new GroupJudge();
    private final List<LockstepClient> clients = new ArrayList<>();
    private final List<Member> members = new ArrayList<>();
    private final MessageOptions options = new MessageOptions();
    private final Map<Integer, Long> rejectedNs = new HashMap<>();
    private LockstepClient client;
    private Sender sender;
    private int offered;
    private int poison;
    private long nextLeave = MESSAGES_OF_A_MEMBER;
    private int leaves;
    private int losses;

    /**
     * A load.
     *
     * @param random chooses keys and who leaves.
     */
    public GroupLoad(final Random random) {
        this.random = random;
    }

    @Override
    public String name() {
        return "groups";
    }

    @Override
    public int ratePerSecond() {
        return 20;
    }

    @Override
    public void start(final ClientSupplier supplier) {
        client = supplier.connect();
        sender = new Sender(client);
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(supplier.connect());
        }
        for (int i = 0; i < MEMBERS; i++) {
            members.add(new Member(i));
        }
    }

    @Override
    public void turn(final boolean mayOffer) {
        client.doWork();
        if (mayOffer && offered - doneCount() - poison < GREATEST_BACKLOG) {
            final String key = "key-" + random.nextInt(KEYS);
            // Members get nothing before this thread polls them.
            if (sender.offer(
                    "jobs/" + key, options.clear().key(key).header("unit", "bar"), Integer.toString(offered))) {
                judge.onPublished(key, offered);
                poison += isPoison(offered) ? 1 : 0;
                offered++;
            }
        }
        for (final Member member : members) {
            member.member.poll(16);
            if (member.said.size() >= SAID_AT_ONCE) {
                member.tellWhatWasTaken();
            }
        }
        if (doneCount() >= nextLeave) {
            nextLeave = doneCount() + MESSAGES_OF_A_MEMBER;
            leave();
        }
    }

    @Override
    public long doneCount() {
        return judge.doneCount() + judge.uncertainCount();
    }

    @Override
    public boolean isSettled() {
        members.forEach(Member::tellWhatWasTaken);
        return sender.waitingCount() == 0
                && judge.doneCount() + judge.uncertainCount() + poison >= offered
                && GroupFigures.openCount(client, GROUP) == 0;
    }

    @Override
    public void check() {
        members.forEach(Member::tellWhatWasTaken);
        final Set<String> toBeDone = new HashSet<>();
        final Map<String, JournalCopy.Entry> toBeDead = new HashMap<>();
        final List<JournalCopy.Entry> journal = JournalCopy.read(client, "jobs/#");
        for (final JournalCopy.Entry entry : journal) {
            final String place = placeOf(entry.shardId(), entry.position());
            if (isPoison(Integer.parseInt(entry.text()))) {
                toBeDead.put(place, entry);
            } else {
                toBeDone.add(place);
            }
        }
        assertEquals(
                sender.accepted().stream().sorted().toList(),
                JournalCopy.texts(journal).stream().sorted().toList());
        judge.check(toBeDone);
        checkDead(JournalCopy.read(client, "$dead/jobs/#"), toBeDead, losses > 0);
        assertEquals(toBeDone.size(), GroupFigures.sum(client, GROUP, GroupDetails::doneTotal));
        assertEquals(toBeDead.size(), GroupFigures.sum(client, GROUP, GroupDetails::deadTotal));
        assertEquals(
                0,
                GroupFigures.sum(client, GROUP, GroupDetails::expiredTotal)
                        + GroupFigures.sum(client, GROUP, GroupDetails::droppedTotal));
    }

    /** Each message that was given up has one dead letter, which says where it was and why. */
    static void checkDead(
            final List<JournalCopy.Entry> letters,
            final Map<String, JournalCopy.Entry> toBeDead,
            final boolean wereMembersLost) {
        final Map<String, JournalCopy.Entry> missing = new HashMap<>(toBeDead);
        for (final JournalCopy.Entry letter : letters) {
            final Map<String, String> headers = letter.headers();
            final JournalCopy.Entry source =
                    missing.remove(placeOf(letter.shardId(), Long.parseLong(headers.get("$deadPosition"))));
            assertTrue(source != null, () -> "a letter for nothing, or the second one: " + letter);
            assertEquals("$dead/" + source.topic(), letter.topic());
            assertEquals(source.topic(), headers.get("$deadTopic"), letter::toString);
            assertEquals(source.text(), letter.text());
            assertEquals(GROUP, headers.get("$deadGroup"), letter::toString);
            assertEquals(source.headers().get("$key"), headers.get("$key"), letter::toString);
            assertEquals("bar", headers.get("unit"), letter::toString);
            if (!wereMembersLost) {
                final boolean isGivenUp = isGivenUp(Integer.parseInt(source.text()));
                assertEquals(isGivenUp ? "rejected" : "attempts", headers.get("$deadReason"), letter::toString);
                final int attempts = Integer.parseInt(headers.get("$deadAttempts"));
                // One that a member had who left is handed out once more.
                assertTrue(attempts >= (isGivenUp ? 2 : MAX_ATTEMPTS), letter::toString);
            }
        }
        assertTrue(missing.isEmpty(), () -> "no letter for " + missing.values());
    }

    @Override
    public String counts() {
        return offered + " published, " + judge.doneCount() + " done, " + judge.uncertainCount()
                + " said to be done without an answer, " + poison + " of them poison, " + judge.repeatedCount()
                + " redelivered, " + leaves + " members left, " + losses + " lost";
    }

    @Override
    public void close() {
        members.forEach(member -> CloseHelper.quietClose(member.member));
        CloseHelper.quietCloseAll(clients);
        CloseHelper.quietClose(client);
    }

    static String placeOf(final int shardId, final long position) {
        return shardId + "@" + position;
    }

    private static boolean isPoison(final int number) {
        return number % 15 == 7;
    }

    private static boolean isGivenUp(final int number) {
        return number % 30 == 7;
    }

    private static boolean isRejectedFirst(final int number) {
        return number % 10 == 3;
    }

    private void leave() {
        final Member member = members.remove(random.nextInt(members.size()));
        member.tellWhatWasTaken();
        member.member.close();
        // What it could not say any more comes at once.
        rejectedNs.clear();
        leaves++;
        members.add(new Member(MEMBERS + leaves));
    }

    /** A member; those of one client share a connection and a reader. */
    private final class Member implements GroupListener {
        private final List<Said> said = new ArrayList<>();
        private final Set<String> notTaken = new HashSet<>();
        private final String name;
        private final GroupMember member;

        private Member(final int index) {
            name = "member " + index;
            final LockstepClient own = clients.get(index % CLIENTS);
            member = own.addGroupMember(
                    new GroupConfig()
                            .name(GROUP)
                            .filter("jobs/#")
                            .start(StartPosition.start())
                            .keyOrdered(true)
                            .credit(8)
                            .ackTimeoutNs(ACK_TIMEOUT_NS)
                            .maxAttempts(MAX_ATTEMPTS)
                            .redeliveryDelayNs(SHORT_DELAY_NS, SHORT_DELAY_NS)
                            .listener(this),
                    this::onDelivery);
            GroupFigures.awaitJoined(name, member, client, clients);
        }

        @Override
        public void onNotSettled(final int shardId, final long position, final ResultCode code) {
            notTaken.add(placeOf(shardId, position));
        }

        @Override
        public void onAssignmentsLost(final int shardId, final String reason) {
            losses++;
            // What was on its way may have been taken or not.
            said.forEach(each -> notTaken.add(each.place()));
        }

        private void onDelivery(final GroupDelivery delivery) {
            final int number = Integer.parseInt(delivery.message().payloadText());
            final String key = delivery.message().key();
            final int attempt = delivery.attempt();
            final String place = placeOf(delivery.shardId(), delivery.position());
            judge.onDelivered(place, key, number, attempt, name);
            checkDelay(number, attempt);
            if (isPoison(number)) {
                final boolean isLast = isGivenUp(number) ? attempt >= 2 : attempt >= MAX_ATTEMPTS;
                final boolean isTold = (isGivenUp(number) && isLast) ? delivery.deadLetter() : delivery.reject();
                if (isTold && (isLast || losses > 0)) {
                    judge.onDecided(key, number);
                }
            } else if (isRejectedFirst(number) && attempt == 1) {
                if (delivery.rejectAfter(REJECT_DELAY_NS)) {
                    rejectedNs.put(number, System.nanoTime());
                }
            } else if (delivery.ack()) {
                said.add(new Said(place, attempt));
                judge.onDecided(key, number);
            }
        }

        // Who is lost with its member comes at once.
        private void checkDelay(final int number, final int attempt) {
            final Long sinceNs = rejectedNs.get(number);
            if (sinceNs != null && attempt == 2 && losses == 0) {
                final long waitedNs = System.nanoTime() - sinceNs;
                assertTrue(
                        waitedNs >= REJECT_DELAY_NS,
                        () -> "message " + number + " came again after " + waitedNs + " ns");
            }
        }

        private void tellWhatWasTaken() {
            if (said.isEmpty()) {
                return;
            }
            final boolean areAnswered = member.drain(DRAIN_NS);
            for (final Said each : said) {
                if (areAnswered && !notTaken.contains(each.place())) {
                    judge.onDone(each.place(), each.attempt(), name);
                } else {
                    judge.onUncertain(each.place());
                }
            }
            said.clear();
            notTaken.clear();
        }
    }
}
