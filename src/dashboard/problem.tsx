// The pages for when something is wrong: who is not signed in, a configuration that is broken, whatever else.
import type { Problem } from "../routes/problem.ts";
import { type Frame, Layout } from "./layout.tsx";

type Bare = Pick<Frame, "nowMs">;

export function SignInPage({ nowMs, detail }: Bare & { readonly detail: string | null }) {
  return (
    <Layout title="Sign in" page={null} nowMs={nowMs}>
      <section class="card alone">
        <h1>Sign in</h1>
        <p>
          Your browser asks for a user name and a password. The user name may be anything; the
          password is <b>ADMIN_TOKEN</b>, the secret that this Worker was deployed with.
        </p>
        {detail !== null && <p class="remark bad">{detail}</p>}
        <p>
          <a class="button primary" href="/">
            Ask again
          </a>
        </p>
      </section>
    </Layout>
  );
}

export function BrokenPage({ nowMs, problems }: Bare & { readonly problems: readonly string[] }) {
  return (
    <Layout title="Configuration" page={null} nowMs={nowMs}>
      <section class="card alone">
        <h1>The configuration is broken</h1>
        <p>
          Nothing is pulled or sent until it is mended. What happens meanwhile stands in Webflow's
          log, and is read from there afterwards. Mend what stands here in{" "}
          <code>wrangler.toml</code> or with the command named, and deploy again with{" "}
          <code>npm run deploy</code>.
        </p>
        <ol class="problems">
          {problems.map((problem) => (
            <li>{problem}</li>
          ))}
        </ol>
        <p>
          <a class="button" href="/">
            Look again
          </a>
        </p>
      </section>
    </Layout>
  );
}

const headings: Readonly<Partial<Record<number, string>>> = {
  403: "Not allowed",
  404: "There is no such thing",
  409: "That cannot be done now",
  422: "Something in the form is not right",
  429: "Too many sign-ins failed",
  503: "Not now",
};

export function ProblemPage({
  nowMs,
  problem,
  back,
}: Bare & { readonly problem: Problem; readonly back: string }) {
  const errors = problem.errors ?? [];
  return (
    <Layout title={headings[problem.status] ?? "Something went wrong"} page={null} nowMs={nowMs}>
      <section class="card alone">
        <h1>{headings[problem.status] ?? "Something went wrong"}</h1>
        {errors.length > 1 ? (
          <ul class="problems">
            {errors.map((error) => (
              <li>{error}</li>
            ))}
          </ul>
        ) : (
          <p dir="auto">{problem.message}</p>
        )}
        <p>
          <a class="button" href={back}>
            Back
          </a>
        </p>
      </section>
    </Layout>
  );
}
