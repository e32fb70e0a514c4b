package io.lockstep.codecs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Wire and topic rules are pure, and the module depends on nothing of ours. */
class RoomRulesTest {
    private static final String[] PURE = {"io.lockstep.wire..", "io.lockstep.topic.."};

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lockstep.wire", "io.lockstep.topic", "io.lockstep.config");

    @Test
    void shouldKnowNothingOfTheWorld() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.aeron..",
                        "io.lockstep.config..",
                        "java.io..",
                        "java.net..",
                        "java.nio.file..",
                        "java.nio.channels..",
                        "java.time..",
                        "java.util.concurrent..",
                        "java.util.logging..",
                        "org.yaml..")
                .check(CLASSES);
    }

    @Test
    void shouldHaveNoClocksThreadsOrChance() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.System")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.Thread")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.Random")
                .orShould()
                .callMethod(Math.class, "random")
                .check(CLASSES);
    }

    @Test
    void shouldHaveNoStaticState() {
        fields().that()
                .areDeclaredInClassesThat()
                .resideInAnyPackage(PURE)
                .and()
                .areStatic()
                .should()
                .beFinal()
                .check(CLASSES);
    }

    @Test
    void shouldDependOnNothingElseOfOurs() {
        noClasses()
                .that()
                .resideInAnyPackage("io.lockstep..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.lockstep.archive..",
                        "io.lockstep.cluster..",
                        "io.lockstep.client..",
                        "io.lockstep.cli..",
                        "io.lockstep.gateway..",
                        "io.lockstep.testkit..",
                        "io.lockstep.perf..")
                .check(CLASSES);
    }
}
