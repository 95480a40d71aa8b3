package claviger;

import java.util.Optional;
import java.util.Set;

/**
 * What an operator asks for. It holds no secret.
 *
 * @param ready whether tokens are decided offline now
 * @param instance the random id of this verifier at the feed
 * @param cluster where the set is from
 * @param position up to where the feed was followed, or -1
 * @param entries how many revocations are held
 * @param leaseMs how long the set may still be trusted
 * @param problem why the last answer of the feed was not applied
 * @param keys the ids of the keys that are held
 * @param keyProblem why the keys could not be fetched
 */
public record Status(
    boolean ready,
    String instance,
    Optional<String> cluster,
    long position,
    int entries,
    long leaseMs,
    Optional<String> problem,
    Set<String> keys,
    Optional<String> keyProblem) {}
