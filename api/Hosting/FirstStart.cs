using System.Net;
using JamEmr.Access;
using JamEmr.Practices;

namespace JamEmr.Api.Hosting;

/// <summary>A fresh installation has no accounts: the operator gets a one-time code to found the first practice with.</summary>
public static class FirstStart
{
    /// <summary>The set-up code of this installation; null where its practice's administrator has enrolled.</summary>
    public static Task<IssuedSetupCode?> IssueSetupCodeAsync(IServiceProvider services, SetupCodeWish wish) =>
        AsHostAsync(services, grains => grains.GetGrain<ISetupGrain>(GrainKeys.OfSystem("setup")).IssueCodeAsync(wish, Environment.MachineName));

    /// <summary>Where a person on this machine reaches the server, which may listen at every address that the machine has.</summary>
    public static string AddressOf(WebApplication app)
    {
        var address = new UriBuilder(app.Urls.First());
        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))) address.Host = "localhost";
        return address.Uri.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>A code for a further practice, where this process hosts the grains: a cluster refuses it to its front doors.</summary>
    public static Task<IssuedSetupCode> IssueFurtherCodeAsync(IServiceProvider services) =>
        AsHostAsync(services, grains => grains.GetGrain<IFurtherPracticeGrain>(GrainKeys.OfSystem("further-practice")).IssueCodeAsync(Environment.MachineName));

    /// <summary>Prints the code on the operator's console, never to a log. Where one is good that was issued before, here or for another front door,
    /// it stays good and its place is told.</summary>
    /// <param name="app">The server, which runs.</param>
    /// <param name="console">The operator's console.</param>
    /// <param name="isAnotherWished">The operator asked for a new code, whether or not one is good.</param>
    public static async Task PrintSetupCodeAsync(WebApplication app, TextWriter console, bool isAnotherWished)
    {
        var issued = await IssueSetupCodeAsync(app.Services, isAnotherWished ? SetupCodeWish.Another : SetupCodeWish.IfNone);
        if (issued is null)
        {
            if (isAnotherWished) await console.WriteLineAsync("No set-up code is given: a practice exists and its administrator has enrolled, or the operator has a code for a further practice.");
            return;
        }

        await console.WriteAsync("No practice yet, or its administrator never enrolled. ");
        await console.WriteLineAsync(issued.Code is { } code
            ? $"Found it with POST {AddressOf(app)}/v1/practice and this one-time set-up code: {code}"
            : $"The one-time set-up code was issued for {issued.Place} at {issued.IssuedAt.UtcDateTime:u} and is still good. If nobody has it, start once with --new-setup-code.");
    }

    /// <summary>Prints a code for a further practice on the operator's console, never to a log.</summary>
    public static async Task PrintFurtherCodeAsync(WebApplication app, TextWriter console)
    {
        var issued = await IssueFurtherCodeAsync(app.Services);
        await console.WriteLineAsync($"Found a further practice with POST {AddressOf(app)}/v1/practice and this one-time set-up code, good for 72 hours: {issued.Code}");
    }

    private static async Task<T> AsHostAsync<T>(IServiceProvider services, Func<IGrainFactory, Task<T>> call)
    {
        RequestContext.Clear();
        CallerContext.Set(Caller.Host(Guid.CreateVersion7(services.GetRequiredService<TimeProvider>().GetUtcNow()).ToString("N")));
        try
        {
            return await call(services.GetRequiredService<IGrainFactory>());
        }
        finally
        {
            RequestContext.Clear();
        }
    }
}
