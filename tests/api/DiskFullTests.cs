using System.Diagnostics;
using System.Net;
using JamEmr.Access;
using JamEmr.Patients;

namespace JamEmr.Tests.Api;

/// <summary>A full disk: everything fails closed, nothing acknowledged is lost, and service returns with the space.</summary>
public sealed class DiskFullTests
{
    [Fact]
    public async Task Given_a_full_disk_When_asked_Then_503_for_all_and_back_when_space_returns()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Mounting a small file system needs root on Linux.");
        var mount = Directory.CreateTempSubdirectory("jamemr-full-").FullName;
        Mount("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", mount);
        try
        {
            var server = new ApiServer(mount);
            await server.InitializeAsync();
            await using (server)
            {
                var desk = server.As(Role.FrontDesk);
                var person = new Demographics("Full", "Fay", new DateOnly(1980, 1, 1), AdministrativeGender.Female, true);
                var kept = await desk.PostAsync<PatientRecord>("/v1/patients", person);

                var filler = Path.Combine(mount, "filler");
                Fill(filler);
                var refused = await UntilRefusedAsync(desk, person);
                Assert.Equal("unavailable", refused.Code);
                var read = await desk.SendAsync(HttpMethod.Get, $"/v1/patients/{kept.Id}");
                Assert.Equal(HttpStatusCode.ServiceUnavailable, read.Status);
                Assert.DoesNotContain("Full", read.Body, StringComparison.Ordinal);
                using var nobody = server.Nobody();
                Assert.Equal(HttpStatusCode.OK, (await nobody.SendAsync(HttpMethod.Get, "/health/live")).Status);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, (await nobody.SendAsync(HttpMethod.Get, "/health/ready")).Status);

                File.Delete(filler);
                server.Time.Advance(TimeSpan.FromSeconds(2));
                Assert.Equal(HttpStatusCode.OK, (await nobody.SendAsync(HttpMethod.Get, "/health/ready")).Status);
                Assert.Equal(kept, await desk.GetAsync<PatientRecord>($"/v1/patients/{kept.Id}"));
                await desk.PostAsync<PatientRecord>("/v1/patients", person);
            }
        }
        finally
        {
            Mount("umount", mount);
            Directory.Delete(mount);
        }
    }

    // The write-ahead log may have room left in pages it holds already; a bounded number of writes uses it up.
    private static async Task<Answer> UntilRefusedAsync(ApiClient desk, Demographics person)
    {
        for (var i = 0; i < 5000; i++)
        {
            var answer = await desk.SendAsync(HttpMethod.Post, "/v1/patients", person);
            if (answer.Status == HttpStatusCode.ServiceUnavailable) return answer;
            Assert.Equal(HttpStatusCode.Created, answer.Status);
        }

        throw new InvalidOperationException("5,000 writes went through on a full disk.");
    }

    private static void Fill(string file)
    {
        using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true) stream.Write(block);
        }
        catch (IOException)
        {
            // Full, which is what was wanted.
        }
    }

    private static void Mount(string command, params string[] args)
    {
        using var process = Process.Start(command, args);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
