package io.lockstep.testkit.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Looks at the threads of other processes, as far as the machine tells of them (proc(5)). Any thread. */
final class ProcessThreads {
    private static final char STOPPED = 'T';

    private ProcessThreads() {}

    /**
     * Whether all threads of a process stand still. SIGSTOP only asks for that: on a busy machine threads were seen to run on
     * for more than 100 ms behind it.
     *
     * @param pid of the process.
     * @return false while a thread goes on; true too for a process that is gone, and where nothing can be known.
     */
    static boolean areStopped(final long pid) {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            for (final Path thread : threads) {
                if (stateOf(thread) != STOPPED) {
                    return false;
                }
            }
            return true;
        } catch (final NoSuchFileException ex) {
            return true;
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot read the threads of process " + pid, ex);
        }
    }

    private static char stateOf(final Path thread) throws IOException {
        try {
            final String stat = Files.readString(thread.resolve("stat"));
            // The name of the thread stands before it, in parentheses, and may have some itself.
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (final NoSuchFileException ex) {
            return STOPPED;
        }
    }
}
