using JamEmr.Identity;
using QRCoder;

namespace JamEmr.Api.Endpoints;

/// <summary>What an authenticator needs, shown once.</summary>
/// <param name="Secret">Base32, for typing in.</param>
/// <param name="Uri">The same as an <c>otpauth</c> address.</param>
/// <param name="Required">Whether the account cannot do without.</param>
/// <param name="QrCode">The address for scanning: SVG.</param>
public sealed record SecondFactorSetup(string Secret, string Uri, bool Required, string QrCode)
{
    // Dots per module: phones read it from a screen at arm's length.
    private const int ModuleSize = 4;

    /// <summary>Draws the code of an offer.</summary>
    public static SecondFactorSetup Of(SecondFactorOffer offer)
    {
        using var data = QRCodeGenerator.GenerateQrCode(offer.Uri, QRCodeGenerator.ECCLevel.M);
        using var svg = new SvgQRCode(data);
        return new SecondFactorSetup(offer.Secret, offer.Uri, offer.Required, svg.GetGraphic(ModuleSize));
    }

    /// <summary>Never prints the secret.</summary>
    public override string ToString() => nameof(SecondFactorSetup);
}

/// <summary>The password is set; a second factor can be, or must be, confirmed.</summary>
public sealed record EnrolmentStarted(SecondFactorSetup SecondFactor);
