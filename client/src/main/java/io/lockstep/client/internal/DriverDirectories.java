package io.lockstep.client.internal;

import io.aeron.CommonContext;
import java.io.File;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.agrona.IoUtil;

/**
 * Directories of embedded media drivers. Each is named after its process, so that the next client can remove what a killed
 * one left behind: it holds memory.
 */
final class DriverDirectories {
    private static final Pattern NAME = Pattern.compile("lockstep-client-(\\d+)-[0-9a-f]{8}");
    // Aeron's own measure of a dead driver. A process id alone says nothing where containers share the memory.
    private static final long DRIVER_TIMEOUT_MS = TimeUnit.SECONDS.toMillis(10);

    private DriverDirectories() {}

    static File newDirectory(final File parent) {
        final String unique = UUID.randomUUID().toString().substring(0, 8);
        return new File(parent, "lockstep-client-" + ProcessHandle.current().pid() + '-' + unique);
    }

    static void removeDead(final File parent) {
        final File[] directories = parent.listFiles(File::isDirectory);
        if (directories == null) {
            return;
        }
        for (final File directory : directories) {
            final Matcher matcher = NAME.matcher(directory.getName());
            if (matcher.matches() && isDead(Long.parseLong(matcher.group(1)), directory)) {
                IoUtil.delete(directory, true);
            }
        }
    }

    private static boolean isDead(final long processId, final File directory) {
        if (ProcessHandle.of(processId).isPresent()) {
            return false;
        }
        try {
            return !CommonContext.isDriverActive(directory, DRIVER_TIMEOUT_MS, message -> {});
        } catch (final RuntimeException ex) {
            // Half-made or foreign: not ours to remove.
            return false;
        }
    }
}
