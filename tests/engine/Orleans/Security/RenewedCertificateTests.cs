using System.Diagnostics.Metrics;
using JamEmr.Engine.Clustering;
using JamEmr.Engine.Clustering.Security;
using JamEmr.Service;
using JamEmr.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;

namespace JamEmr.Tests.Engine.Clustering.Security;

/// <summary>A certificate that nobody would take is not taken over.</summary>
public sealed class RenewedCertificateTests : IDisposable
{
    private readonly CertificateFiles _ours = new();
    private readonly CertificateFiles _theirs = new();

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
    }

    [Fact]
    public void Given_a_pair_of_another_cluster_or_role_When_put_in_place_Then_the_one_before_stays_and_it_is_said_once()
    {
        var time = new ManualTimeProvider();
        var log = new Told();
        var files = _ours.Issue("own", ClusterRoles.Silo);
        var (other, client) = (_theirs.Issue("own", ClusterRoles.Silo), _ours.Issue("door", ClusterRoles.Client));
        using var certificate = new RenewedCertificate(() => Read(files), time, log, one => one.MatchesHostname(ClusterRoles.Silo));
        var before = certificate.Used.Leaf.Thumbprint;

        foreach (var (put, says) in new[] { (other, "the authority did not issue it"), (client, "it is not one for this process") })
        {
            File.Copy(put.CertificateFile!, files.CertificateFile!, overwrite: true);
            File.Copy(put.KeyFile!, files.KeyFile!, overwrite: true);
            time.Advance(RenewedCertificate.Look);
            time.Advance(RenewedCertificate.Look);
            Assert.Equal(before, certificate.Used.Leaf.Thumbprint);
            Assert.Contains(says, Assert.Single(log.Errors), StringComparison.Ordinal);
            log.Errors.Clear();
        }

        _ours.Issue("own", ClusterRoles.Silo);
        time.Advance(RenewedCertificate.Look);
        Assert.NotEqual(before, certificate.Used.Leaf.Thumbprint);
    }

    [Theory]
    [InlineData("over", "it is over")]
    [InlineData("role", "it is not one for this process")]
    [InlineData("authority", "the authority did not issue it")]
    public void Given_a_certificate_that_nobody_would_take_When_a_silo_starts_Then_it_is_said_why(string what, string says)
    {
        var files = _ours.Issue("own", what == "role" ? ClusterRoles.Client : ClusterRoles.Silo);
        if (what == "authority") files.AuthorityFile = _theirs.Issue("own", ClusterRoles.Silo).AuthorityFile;
        if (what == "over")
        {
            using var over = _ours.IssueLoose(ClusterRoles.Silo, TimeSpan.FromMinutes(1), TimeProvider.System.GetUtcNow().AddHours(-1));
            File.WriteAllText(files.CertificateFile!, over.ExportCertificatePem());
            using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(over)!;
            File.WriteAllText(files.KeyFile!, key.ExportPkcs8PrivateKeyPem());
        }

        var refused = Assert.Throws<OrleansConfigurationException>(
            () => new ClusterCertificates(files, ClusterRoles.Silo, TimeProvider.System, NullLogger<ClusterCertificates>.Instance));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_a_certificate_that_is_soon_over_When_looked_at_Then_it_is_told_of_once_a_day()
    {
        var time = new ManualTimeProvider();
        var log = new Told();
        var files = _ours.Issue("own", ClusterRoles.Silo);
        // It is good for a day from now on, by the machine's clock.
        time.Advance(TimeProvider.System.GetUtcNow() - time.GetUtcNow());
        using var certificate = new RenewedCertificate(() => Read(files), time, log);
        Assert.Single(log.Warnings);
        time.Advance(RenewedCertificate.Look);
        Assert.Single(log.Warnings);
        for (var i = 0; i < 24; i++) time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(2, log.Warnings.Count);
    }

    [Fact]
    public void Given_a_certificate_in_use_When_measured_Then_it_says_how_long_it_is_good_yet()
    {
        var time = new ManualTimeProvider();
        time.Advance(TimeProvider.System.GetUtcNow() - time.GetUtcNow());
        var files = _ours.Issue("own", ClusterRoles.Silo);
        using var certificate = new RenewedCertificate(() => Read(files), time, NullLogger.Instance);
        var measured = new List<double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Name == "jamemr.certificate.remaining") self.EnableMeasurementEvents(instrument);
            },
        };
        // Other tests have certificates too.
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) =>
        {
            if (tags[0].Value is string thumbprint && thumbprint == certificate.Used.Leaf.Thumbprint) measured.Add(value);
        });
        listener.Start();

        listener.RecordObservableInstruments();
        time.Advance(TimeSpan.FromDays(2));
        listener.RecordObservableInstruments();

        var good = new DateTimeOffset(certificate.Used.Leaf.NotAfter.ToUniversalTime()) - time.GetUtcNow();
        Assert.Equal([(good + TimeSpan.FromDays(2)).TotalSeconds, good.TotalSeconds], measured);
    }

    private static CertificateText Read(ClusterTlsOptions files) =>
        new(File.ReadAllText(files.CertificateFile!), File.ReadAllText(files.KeyFile!), File.ReadAllText(files.AuthorityFile!));

    private sealed class Told : ILogger
    {
        public List<string> Errors { get; } = [];

        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            (logLevel is LogLevel.Error ? Errors : logLevel is LogLevel.Warning ? Warnings : []).Add(formatter(state, exception));
    }
}
