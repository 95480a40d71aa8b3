package claviger;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;
import java.util.Map;

/** A public key, which verifies with the one algorithm that the key set names for it. */
final class VerifyingKey {
  private static final int COORDINATE_BYTES = 32;
  private static final int MIN_RSA_BITS = 2_048;
  private static final int MAX_RSA_BITS = 8_192;
  private static final PSSParameterSpec PSS =
      new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, PSSParameterSpec.TRAILER_FIELD_BC);

  private final String alg;
  private final PublicKey key;

  private VerifyingKey(String alg, PublicKey key) {
    this.alg = alg;
    this.key = key;
  }

  /**
   * From a JWK (RFC 7517).
   *
   * @throws GeneralSecurityException for a key that this verifier cannot use, also in place of other exceptions
   */
  static VerifyingKey parse(Map<String, Object> jwk) throws GeneralSecurityException {
    try {
      String alg = text(jwk, "alg");
      if (!text(jwk, "use").equals("sig") || jwk.containsKey("d")) {
        throw new InvalidKeyException("a key for another purpose");
      }
      String kind = text(jwk, "kty") + " " + alg;
      PublicKey key = switch (kind) {
        case "EC ES256" -> p256(jwk);
        case "OKP EdDSA" -> ed25519(jwk);
        case "RSA RS256", "RSA PS256" -> rsa(jwk);
        default -> throw new InvalidKeyException("another algorithm");
      };
      return new VerifyingKey(alg, key);
    } catch (RuntimeException error) {
      throw new InvalidKeyException(error);
    }
  }

  boolean verifies(UnverifiedToken token) {
    if (!token.alg().equals(alg)) {
      return false;
    }
    try {
      Signature signature = switch (alg) {
        case "ES256" -> Signature.getInstance("SHA256withECDSAinP1363Format");
        case "EdDSA" -> Signature.getInstance("Ed25519");
        case "RS256" -> Signature.getInstance("SHA256withRSA");
        default -> Signature.getInstance("RSASSA-PSS");
      };
      if (alg.equals("PS256")) {
        signature.setParameter(PSS);
      }
      if (alg.equals("ES256") && !isInRange(token.signature())) {
        return false;
      }
      signature.initVerify(key);
      signature.update(token.signed());
      return signature.verify(token.signature());
    } catch (SignatureException error) {
      return false;
    } catch (GeneralSecurityException error) {
      throw new IllegalStateException("this Java lacks " + alg, error);
    }
  }

  /** Some versions of Java accepted r = s = 0 for every message (CVE-2022-21449). */
  private static boolean isInRange(byte[] signature) {
    if (signature.length != 2 * COORDINATE_BYTES) {
      return false;
    }
    byte[] zero = new byte[COORDINATE_BYTES];
    return !Arrays.equals(signature, 0, COORDINATE_BYTES, zero, 0, COORDINATE_BYTES)
        && !Arrays.equals(signature, COORDINATE_BYTES, 2 * COORDINATE_BYTES, zero, 0, COORDINATE_BYTES);
  }

  private static PublicKey p256(Map<String, Object> jwk) throws GeneralSecurityException {
    if (!text(jwk, "crv").equals("P-256")) {
      throw new InvalidKeyException("another curve");
    }
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec("secp256r1"));
    ECParameterSpec curve = parameters.getParameterSpec(ECParameterSpec.class);
    BigInteger x = coordinate(jwk, "x");
    BigInteger y = coordinate(jwk, "y");
    // Java itself takes points that are not on the curve.
    BigInteger p = ((ECFieldFp) curve.getCurve().getField()).getP();
    BigInteger right = x.pow(3).add(curve.getCurve().getA().multiply(x)).add(curve.getCurve().getB()).mod(p);
    if (x.compareTo(p) >= 0 || y.compareTo(p) >= 0 || !y.pow(2).mod(p).equals(right)) {
      throw new InvalidKeyException("a point that is not on the curve");
    }
    return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(new ECPoint(x, y), curve));
  }

  private static BigInteger coordinate(Map<String, Object> jwk, String name) throws InvalidKeyException {
    return new BigInteger(1, sized(jwk, name));
  }

  private static PublicKey ed25519(Map<String, Object> jwk) throws GeneralSecurityException {
    if (!text(jwk, "crv").equals("Ed25519")) {
      throw new InvalidKeyException("another curve");
    }
    // RFC 8032 §5.1.2: the lower end first, and the highest bit is the sign of x.
    byte[] point = sized(jwk, "x");
    byte[] y = new byte[COORDINATE_BYTES];
    for (int index = 0; index < COORDINATE_BYTES; index++) {
      y[index] = point[COORDINATE_BYTES - 1 - index];
    }
    boolean isOdd = y[0] < 0;
    y[0] &= 0x7f;
    EdECPublicKeySpec spec =
        new EdECPublicKeySpec(NamedParameterSpec.ED25519, new EdECPoint(isOdd, new BigInteger(1, y)));
    PublicKey key = KeyFactory.getInstance("EdDSA").generatePublic(spec);
    // Java decodes the point only now.
    Signature.getInstance("Ed25519").initVerify(key);
    return key;
  }

  private static PublicKey rsa(Map<String, Object> jwk) throws GeneralSecurityException {
    BigInteger modulus = new BigInteger(1, Base64Url.decode(text(jwk, "n")));
    BigInteger exponent = new BigInteger(1, Base64Url.decode(text(jwk, "e")));
    if (modulus.bitLength() < MIN_RSA_BITS || modulus.bitLength() > MAX_RSA_BITS || exponent.bitLength() > 32) {
      throw new InvalidKeyException("an RSA key of another size");
    }
    return KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent));
  }

  private static byte[] sized(Map<String, Object> jwk, String name) throws InvalidKeyException {
    byte[] data = Base64Url.decode(text(jwk, name));
    if (data.length != COORDINATE_BYTES) {
      throw new InvalidKeyException("coordinates of another length");
    }
    return data;
  }

  private static String text(Map<String, Object> jwk, String name) throws InvalidKeyException {
    if (jwk.get(name) instanceof String text) {
      return text;
    }
    throw new InvalidKeyException("no " + name);
  }
}
