using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace JamEmr.Tests.Support;

/// <summary>
/// An authenticator and the browser before it, in software (W3C Web Authentication, level 3): makes ES256 passkeys and answers challenges with
/// them. Its settings let it do what real ones never should.
/// </summary>
public sealed class SoftAuthenticator : IDisposable
{
    private const byte UserPresent = 0x01;
    private const byte UserVerified = 0x04;
    private const byte BackupEligible = 0x08;
    private const byte HasCredential = 0x40;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Where the browser says the page came from.</summary>
    public string Origin { get; set; } = "https://localhost";

    /// <summary>Whether the page stands in a frame of another site.</summary>
    public bool CrossOrigin { get; set; }

    /// <summary>The site the answer is for; null: the one that asks.</summary>
    public string? Site { get; set; }

    /// <summary>Whether it asks its person for a PIN, a finger or a face.</summary>
    public bool VerifiesPerson { get; set; } = true;

    /// <summary>Whether its passkeys can be copied to a maker's cloud.</summary>
    public bool IsSynced { get; set; }

    /// <summary>Its counter, one higher after each use; null keeps none.</summary>
    public uint? Counter { get; set; } = 0;

    /// <summary>The kind of ceremony it signs for; null: the right one.</summary>
    public string? Ceremony { get; set; }

    /// <summary>The name of its passkey.</summary>
    public byte[] CredentialId { get; set; } = RandomNumberGenerator.GetBytes(32);

    /// <summary>The user handle it was given.</summary>
    public string UserHandle { get; set; } = "";

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    /// <summary>Makes the passkey asked for: <c>navigator.credentials.create</c>.</summary>
    public string Create(string options)
    {
        using var json = JsonDocument.Parse(options);
        var asked = json.RootElement;
        UserHandle = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(asked.GetProperty("user").GetProperty("id").GetString()));
        var key = _key.ExportParameters(includePrivateParameters: false);
        byte[] cose = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20, .. key.Q.X!, 0x22, 0x58, 0x20, .. key.Q.Y!];
        var idLength = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(idLength, (ushort)CredentialId.Length);
        byte[] data =
        [
            .. Head(asked.GetProperty("rp").GetProperty("id").GetString()!, HasCredential), .. new byte[16], .. idLength, .. CredentialId, .. cose,
        ];
        byte[] attestation = [0xa3, .. CborText("fmt"), .. CborText("none"), .. CborText("attStmt"), 0xa0, .. CborText("authData"), .. CborBytes(data)];
        return JsonSerializer.Serialize(new
        {
            id = Base64Url.EncodeToString(CredentialId),
            rawId = Base64Url.EncodeToString(CredentialId),
            type = "public-key",
            response = new
            {
                clientDataJSON = Base64Url.EncodeToString(ClientData("webauthn.create", asked)),
                attestationObject = Base64Url.EncodeToString(attestation),
                transports = new[] { "internal" },
            },
            clientExtensionResults = new { },
        });
    }

    /// <summary>Answers a challenge: <c>navigator.credentials.get</c>.</summary>
    public string Get(string options)
    {
        using var json = JsonDocument.Parse(options);
        var asked = json.RootElement;
        var clientData = ClientData("webauthn.get", asked);
        var data = Head(asked.GetProperty("rpId").GetString()!, 0);
        byte[] signed = [.. data, .. SHA256.HashData(clientData)];
        return JsonSerializer.Serialize(new
        {
            id = Base64Url.EncodeToString(CredentialId),
            rawId = Base64Url.EncodeToString(CredentialId),
            type = "public-key",
            response = new
            {
                clientDataJSON = Base64Url.EncodeToString(clientData),
                authenticatorData = Base64Url.EncodeToString(data),
                signature = Base64Url.EncodeToString(_key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
                userHandle = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(UserHandle)),
            },
            clientExtensionResults = new { },
        });
    }

    private static byte[] CborText(string text) => [(byte)(0x60 | text.Length), .. Encoding.ASCII.GetBytes(text)];

    private static byte[] CborBytes(byte[] bytes) => [0x59, (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];

    private byte[] ClientData(string ceremony, JsonElement asked) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        type = Ceremony ?? ceremony,
        challenge = asked.GetProperty("challenge").GetString(),
        origin = Origin,
        crossOrigin = CrossOrigin,
    });

    private byte[] Head(string site, byte more)
    {
        var flags = (byte)(UserPresent | (VerifiesPerson ? UserVerified : 0) | (IsSynced ? BackupEligible : 0) | more);
        if (Counter is not null) Counter++;
        var count = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(count, Counter ?? 0);
        return [.. SHA256.HashData(Encoding.UTF8.GetBytes(Site ?? site)), flags, .. count];
    }
}
