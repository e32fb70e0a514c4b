package io.lockstep.gateway.session;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.agrona.IoUtil;
import org.agrona.SystemUtil;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.SystemEpochClock;

/** What a class of this room must not do; each of these has to be caught by a rule. */
public final class RoomLeaks {
    private RoomLeaks() {}

    static final class AsksTheEnvironment {
        static Object leak() {
            return System.getenv("HOME");
        }
    }

    static final class AsksTheMachine {
        static int leak() {
            return Runtime.getRuntime().availableProcessors();
        }
    }

    static final class Rolls {
        static double leak() {
            return Math.random();
        }
    }

    static final class RollsElsewhere {
        static Object leak() {
            return RandomGenerator.getDefault();
        }
    }

    static final class RollsAnIdentity {
        static Object leak() {
            return UUID.randomUUID();
        }
    }

    static final class IteratesByASalt {
        static Object leak() {
            return Map.of(1, 2, 3, 4).keySet();
        }
    }

    static final class Locks {
        static Object leak() {
            return new ReentrantLock();
        }
    }

    static final class Queues {
        static Object leak() {
            return new ManyToOneConcurrentArrayQueue<String>(8);
        }
    }

    static final class AsksAClock {
        static Object leak() {
            return SystemEpochClock.INSTANCE;
        }
    }

    static final class ReadsAProperty {
        static Object leak() {
            return SystemUtil.osName();
        }
    }

    static final class KnowsFiles {
        static Object leak() {
            return IoUtil.tmpDirName();
        }
    }

    static final class KeepsStatics {
        static int leaked;
    }
}
