package io.lockstep.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.access.rules.AccessRules;
import io.lockstep.access.rules.Principal;
import io.lockstep.config.AccessConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessFilesTest {
    @TempDir
    private Path folder;

    private final List<String> log = new ArrayList<>();
    private final List<AccessRules> read = new ArrayList<>();
    private final AccessFiles files = new AccessFiles(log::add);
    private Path rulesFile;
    private AccessConfig config;

    @BeforeEach
    void write() throws IOException {
        rulesFile = Files.writeString(folder.resolve("rules.txt"), "allow * all a\n");
        config = new AccessConfig(null, rulesFile, AccessConfig.Anonymous.AUTO, AccessConfig.CertificateUser.NONE);
        files.watchRules(config, read::add);
    }

    @Test
    void shouldReadNothingWhenNothingChanges() {
        files.poll();
        files.poll();

        assertTrue(read.isEmpty());
    }

    @Test
    void shouldReadAgainWhenTheFileChangedAndStands() throws IOException {
        Files.writeString(rulesFile, "allow * all a/b/c\n");

        files.poll();
        assertTrue(read.isEmpty(), "it may still be written");
        files.poll();
        files.poll();

        assertEquals(1, read.size());
        assertTrue(read.get(0).permissionsOf(new Principal(null, "c")).mayPublish("a/b/c"));
    }

    @Test
    void shouldKeepTheOldRulesWhenTheNewFileIsBad() throws IOException {
        Files.writeString(rulesFile, "allow * all a/b/c\nallow nonsense\n");
        files.poll();
        files.poll();
        assertTrue(read.isEmpty());
        assertTrue(log.get(0).startsWith(rulesFile + ", line 2: "), log.toString());
        assertEquals(1, log.size());

        Files.delete(rulesFile);
        files.poll();
        files.poll();
        assertTrue(read.isEmpty(), "a file that is gone must not open the gateway");

        Files.writeString(rulesFile, "allow * all a/b\n");
        files.poll();
        files.poll();
        assertEquals(1, read.size());
    }

    @Test
    void shouldLetTheNamelessInWhenOnlyThisMachineCanCome() {
        assertTrue(GatewayAccess.isAnonymousAllowed(AccessConfig.DEFAULTS, "localhost"));
        assertTrue(GatewayAccess.isAnonymousAllowed(AccessConfig.DEFAULTS, "127.0.0.1"));
        assertFalse(GatewayAccess.isAnonymousAllowed(AccessConfig.DEFAULTS, "0.0.0.0"));
        assertFalse(GatewayAccess.isAnonymousAllowed(AccessConfig.DEFAULTS, "10.0.0.1"));
        final AccessConfig withUsers =
                new AccessConfig(rulesFile, null, AccessConfig.Anonymous.AUTO, AccessConfig.CertificateUser.NONE);
        assertFalse(GatewayAccess.isAnonymousAllowed(withUsers, "localhost"));
    }

    @Test
    void shouldNameTheFileWhenItIsNotThereAtTheStart() throws IOException {
        Files.delete(rulesFile);

        final IllegalStateException error = assertThrows(IllegalStateException.class, () -> AccessFiles.rules(config));

        assertTrue(error.getMessage().contains(rulesFile.toString()), error.getMessage());
    }
}
