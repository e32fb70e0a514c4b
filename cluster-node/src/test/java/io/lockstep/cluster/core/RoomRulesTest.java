package io.lockstep.cluster.core;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The engine sees nothing of the world, and the module points its arrows the right way. */
class RoomRulesTest {
    private static final String CORE = "io.lockstep.cluster.core..";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lockstep.cluster");

    private static final ArchRule CORE_USES_PLAIN_TYPES_ONLY = classes()
            .that()
            .resideInAPackage(CORE)
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            CORE,
                            "io.lockstep.codecs..",
                            "io.lockstep.wire..",
                            "io.lockstep.topic..",
                            "io.lockstep.config..",
                            "java.lang",
                            "java.lang.invoke",
                            "java.lang.runtime",
                            "java.nio",
                            "java.nio.charset",
                            "java.util",
                            "java.util.function",
                            "org.agrona",
                            "org.agrona.collections",
                            "org.agrona.sbe")
                    // Its package is also that of clocks, idle strategies and queues.
                    .or(type(UnsafeBuffer.class)))
            .because("the engine's only inputs are committed commands, their timestamps and its own state");

    private static final ArchRule CORE_KNOWS_NO_WORLD = noClasses()
            .that()
            .resideInAPackage(CORE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.aeron..",
                    "java.io..",
                    "java.net..",
                    "java.nio.file..",
                    "java.nio.channels..",
                    "java.time..",
                    "java.util.concurrent..",
                    "java.util.logging..",
                    "java.lang.management..");

    private static final ArchRule CORE_HAS_NO_CLOCKS_THREADS_OR_CHANCE = noClasses()
            .that()
            .resideInAPackage(CORE)
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.System")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.Thread")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.Runtime")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.Random")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.UUID")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.Math$RandomNumberGeneratorHolder")
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .callMethod(Object.class, "hashCode")
            .because("an identity hash, a clock or a random number differs between replicas");

    private static final ArchRule CORE_ITERATES_ORDERED_STRUCTURES = noClasses()
            .that()
            .resideInAPackage(CORE)
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.HashMap")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.HashSet")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.IdentityHashMap")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.WeakHashMap");

    private static final ArchRule CORE_HAS_NO_STATIC_STATE = fields().that()
            .areDeclaredInClassesThat()
            .resideInAPackage(CORE)
            .and()
            .areStatic()
            .should()
            .beFinal();

    private static final ArchRule MODULE_POINTS_AT_CODECS_AND_ARCHIVE_ONLY = noClasses()
            .that()
            .resideInAPackage("io.lockstep.cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.lockstep.client..",
                    "io.lockstep.cli..",
                    "io.lockstep.gateway..",
                    "io.lockstep.testkit..",
                    "io.lockstep.perf..");

    @Test
    void shouldUsePlainTypesOnly() {
        CORE_USES_PLAIN_TYPES_ONLY.check(CLASSES);
    }

    @Test
    void shouldKnowNothingOfTheWorld() {
        CORE_KNOWS_NO_WORLD.check(CLASSES);
    }

    @Test
    void shouldHaveNoClocksThreadsOrChance() {
        CORE_HAS_NO_CLOCKS_THREADS_OR_CHANCE.check(CLASSES);
    }

    @Test
    void shouldNotUseHashMapsOfTheJdk() {
        CORE_ITERATES_ORDERED_STRUCTURES.check(CLASSES);
    }

    @Test
    void shouldHaveNoStaticState() {
        CORE_HAS_NO_STATIC_STATE.check(CLASSES);
    }

    @Test
    void shouldPointAtCodecsAndArchiveOnly() {
        MODULE_POINTS_AT_CODECS_AND_ARCHIVE_ONLY.check(CLASSES);
    }
}
