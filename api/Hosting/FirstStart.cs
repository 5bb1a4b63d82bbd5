using System.Net;
using JamEmr.Access;
using JamEmr.Practices;

namespace JamEmr.Api.Hosting;

/// <summary>A fresh installation has no accounts: the operator gets a one-time code to found the first practice with.</summary>
public static class FirstStart
{
    /// <summary>The set-up code of this installation; null where a practice exists, unless wished for all the same.</summary>
    public static async Task<IssuedSetupCode?> IssueSetupCodeAsync(IServiceProvider services, SetupCodeWish wish)
    {
        RequestContext.Clear();
        CallerContext.Set(Caller.Host(Guid.CreateVersion7(services.GetRequiredService<TimeProvider>().GetUtcNow()).ToString("N")));
        try
        {
            return await services.GetRequiredService<IGrainFactory>().GetGrain<ISetupGrain>(GrainKeys.OfSystem("setup")).IssueCodeAsync(wish, Environment.MachineName);
        }
        finally
        {
            RequestContext.Clear();
        }
    }

    /// <summary>Where a person on this machine reaches the server, which may listen at every address that the machine has.</summary>
    public static string AddressOf(WebApplication app)
    {
        var address = new UriBuilder(app.Urls.First());
        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))) address.Host = "localhost";
        return address.Uri.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>Prints the code on the operator's console, never to a log. Where one is good that was printed before, here or by another front door,
    /// it stays good and its place is told.</summary>
    /// <param name="app">The server, which runs.</param>
    /// <param name="console">The operator's console.</param>
    /// <param name="isAnotherWished">The operator asked for a new code, whether or not one is good.</param>
    public static async Task PrintSetupCodeAsync(WebApplication app, TextWriter console, bool isAnotherWished)
    {
        var issued = await IssueSetupCodeAsync(app.Services, isAnotherWished ? SetupCodeWish.Another : SetupCodeWish.IfNone);
        if (issued is null)
        {
            if (isAnotherWished) await console.WriteLineAsync("There is no set-up code: a practice exists, and its administrator has enrolled.");
            return;
        }

        await console.WriteAsync("No practice yet, or its administrator never enrolled. ");
        await console.WriteLineAsync(issued.Code is { } code
            ? $"Found it with POST {AddressOf(app)}/v1/practice and this one-time set-up code: {code}"
            : $"The one-time set-up code was printed on {issued.Place} at {issued.IssuedAt.UtcDateTime:u} and is still good. If it is lost, start once with --new-setup-code.");
    }
}
