package io.lockstep.perf.rig;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What a number must stand beside: the machine and how busy it was, the JDK and the commit. */
final class Surroundings {
    private static final long GIT_TIMEOUT_S = 5;
    private static final String UNKNOWN = "unknown";

    private Surroundings() {}

    /** As part of a result in JSON. */
    static Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("machine", cpuModel() + " x " + Runtime.getRuntime().availableProcessors());
        json.put("os", System.getProperty("os.name") + ' ' + System.getProperty("os.version"));
        json.put("java", System.getProperty("java.vm.version"));
        json.put("commit", commit());
        // Far more than the number of processors means that others worked here too: such a number says little.
        json.put(
                "loadAverage",
                Json.rounded(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
        return json;
    }

    /** In one line for people. */
    static String line() {
        return String.join(
                ", ", toJson().values().stream().map(Object::toString).toList());
    }

    private static String cpuModel() {
        try {
            final List<String> lines = Files.readAllLines(Path.of("/proc/cpuinfo"));
            return lines.stream()
                    .filter(line -> line.startsWith("model name"))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .orElse(System.getProperty("os.arch"));
        } catch (final IOException ex) {
            // Only Linux tells; elsewhere the architecture has to do.
            return System.getProperty("os.arch");
        }
    }

    private static String commit() {
        try {
            final Process process = new ProcessBuilder("git", "describe", "--always", "--dirty")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            final String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor(GIT_TIMEOUT_S, TimeUnit.SECONDS) && process.exitValue() == 0 && !text.isEmpty()) {
                return text;
            }
            return UNKNOWN;
        } catch (final IOException ex) {
            // Without git or outside a clone nobody knows; the result says so.
            return UNKNOWN;
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            return UNKNOWN;
        }
    }
}
