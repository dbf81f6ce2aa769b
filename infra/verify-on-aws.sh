#!/usr/bin/env bash
# Asks an AWS account what the documentation of API Gateway leaves open, and compares it with what Portcullis
# expects. Runs with bash 3.2 or later.
set -euo pipefail

usage() {
    cat <<'END'
Asks API Gateway, in your AWS account, what its documentation leaves open and Portcullis depends on.

Usage: infra/verify-on-aws.sh [options]

It makes one CloudFormation stack of its own (portcullis-verify-…), sends fewer than 300 requests to it, says what
it found, and deletes the stack. Nothing else in the account is read or changed. It needs the AWS CLI (1 or 2) and curl,
and an identity that may use CloudFormation, API Gateway, Lambda and IAM roles.

Options:
  --yes               do not ask before the stack is made
  --json FILE         write what was found to FILE as well
  --keep              do not delete the stack at the end
  --region REGION     default: that of the AWS CLI
  --profile PROFILE   a profile of the AWS CLI
  --endpoint-url URL  ask another AWS than Amazon's, such as MiniStack
  --invoke-url FORM   how its APIs are reached, with {api} and {stage}, such as
                      http://localhost:4566/_aws/execute-api/{api}/{stage}
  --help

Exit codes:
  0  all is as Portcullis expects
  1  could not ask: no AWS CLI, no credentials, no stack, no answer
  2  wrong usage
  3  something is otherwise than Portcullis expects, or was not seen: read what to change
END
}

# Beside this file, wherever it is called from.
case ${BASH_SOURCE[0]} in
    */*) template=${BASH_SOURCE[0]%/*}/verify/probe.yaml ;;
    *) template=verify/probe.yaml ;;
esac
readonly seconds_to_wait=600

agreed='' json='' keep='' invoke=''
stack='' work=''
# What was found, a fact in each place.
facts=() expectations=() findings=() verdicts=() changes=()

main() {
    arguments "$@"
    needs
    announce
    trap leave EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    trap 'exit 141' PIPE
    work=$(mktemp -d)
    make_stack
    wait_for_apis
    ask
    report
    if [ -n "$json" ]; then
        write_json >"$json"
    fi
    all_as_expected || exit 3
}

arguments() {
    # Of the AWS CLI: no pager, no prompt.
    export AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off
    while [ $# -gt 0 ]; do
        case $1 in
            --yes) agreed=yes ;;
            --keep) keep=yes ;;
            --help) usage && exit 0 ;;
            --json | --invoke-url | --region | --profile | --endpoint-url)
                [ $# -ge 2 ] || wrong_usage "\`$1\` needs a value"
                option "$1" "$2"
                shift
                ;;
            *) wrong_usage "there is no option \`$1\`" ;;
        esac
        shift
    done
    if [ -n "$json" ] && ! (: >>"$json") 2>/dev/null; then
        wrong_usage "\`$json\` cannot be written"
    fi
}

option() {
    case $1 in
        --json) json=$2 ;;
        --invoke-url) invoke=$2 ;;
        --region) export AWS_REGION=$2 ;;
        --profile)
            # The AWS CLI takes any of these before AWS_PROFILE.
            unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
            unset AWS_DEFAULT_PROFILE AWS_WEB_IDENTITY_TOKEN_FILE
            export AWS_PROFILE=$2
            ;;
        --endpoint-url) export AWS_ENDPOINT_URL=$2 ;;
    esac
}

wrong_usage() {
    echo "verify-on-aws: $1: see --help" >&2
    exit 2
}

could_not_ask() {
    echo "verify-on-aws: $1" >&2
    exit 1
}

# What has to be there before anything is made -------------------------------------------------------------------

needs() {
    command -v aws >/dev/null || could_not_ask "there is no \`aws\` on the path: install the AWS CLI"
    command -v curl >/dev/null || could_not_ask "there is no \`curl\` on the path: install it"
    [ -r "$template" ] || could_not_ask "\`$template\` cannot be read: run this from a checkout of Portcullis"
    region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}
    [ -n "$region" ] || could_not_ask 'the AWS CLI has no region: give --region'
    # Version 1 of the CLI reads this name alone.
    export AWS_DEFAULT_REGION=$region
    identity=$(aws sts get-caller-identity --query '[Account, Arn]' --output text 2>&1) ||
        could_not_ask "AWS does not say who asks: ${identity##*$'\n'}"
}

announce() {
    stack=portcullis-verify-$(date +%s)-$$
    cat <<END
Account and identity: $identity
Region: $region

This makes one CloudFormation stack, \`$stack\`:
  three Lambda functions and a role without rights, two REST APIs and one HTTP API with a public address, whose
  functions hold nothing and answer everybody for as long as the stack is there: a few minutes.
It sends fewer than 300 requests to it, and deletes it. That costs less than a cent. Nothing else in the account is touched.
END
    [ -z "$agreed" ] || return 0
    printf '\nMake it? [y/N] '
    read -r answer || answer=''
    case $answer in
        y | Y | yes) ;;
        *) could_not_ask 'not asked: nothing was made' ;;
    esac
}

# The stack ------------------------------------------------------------------------------------------------------

make_stack() {
    echo "Making the stack …"
    # Set before the call: the stack may be there though the call was interrupted. The name is this run's alone.
    made=yes
    aws cloudformation create-stack --stack-name "$stack" --template-body "file://$template" \
        --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --on-failure DO_NOTHING >/dev/null 2>"$work/error" || {
        # CloudFormation itself said no, so there is nothing to delete. But if the CLI had to ask more than once, the
        # stack may be there from a request whose answer was lost.
        grep -q 'when calling the CreateStack operation: ' "$work/error" &&
            ! grep -q AlreadyExistsException "$work/error" && made=''
        could_not_ask "the stack was not made: $(tail -n 1 "$work/error")"
    }
    wait_while CREATE_IN_PROGRESS || could_not_ask "$(still_in)"
    [ "$state" = CREATE_COMPLETE ] || could_not_ask "the stack was not made ($state): $(why_not)"
    rest=$(output Rest) guarded=$(output Guarded) http=$(output Http) versioned=$(output Versioned)
}

# Sets `state` to that of the stack, once it is known and not $1. Fails if that takes too long.
wait_while() {
    local waited=0
    while state=$(stack_state) && { [ "$state" = "$1" ] || [ "$state" = unknown ]; }; do
        [ "$waited" -lt "$seconds_to_wait" ] || return 1
        sleep 2
        waited=$((waited + 2))
    done
}

still_in() {
    echo "the stack is still in $state after $seconds_to_wait seconds"
}

# `gone` if there is no such stack, `unknown` if AWS does not say. `return 0`, as `leave` asks too: in a trap, a plain
# `return` gives the status from before it.
stack_state() {
    aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].StackStatus' --output text \
        2>"$work/error" && return 0
    if grep -q 'does not exist' "$work/error"; then echo gone; else echo unknown; fi
}

# What failed first.
why_not() {
    local failed="ResourceStatus=='CREATE_FAILED' || ResourceStatus=='UPDATE_FAILED'"
    aws cloudformation describe-stack-events --stack-name "$stack" --output text --query \
        "StackEvents[?$failed].[LogicalResourceId, ResourceStatusReason]" 2>/dev/null | tail -n 1 | sed $'s/\t/: /'
}

output() {
    aws cloudformation describe-stacks --stack-name "$stack" --output text \
        --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}

# However this ends, the stack goes.
leave() {
    local code=$?
    set +e
    trap - EXIT
    trap '' INT TERM HUP PIPE
    if [ -n "${made:-}" ]; then
        if [ -n "$keep" ]; then
            echo "The stack is kept. Delete it with: aws cloudformation delete-stack --region $region --stack-name $stack"
        else
            delete_stack || code=1
        fi
    fi
    [ -z "$work" ] || rm -r "$work"
    exit "$code"
}

delete_stack() {
    echo "Deleting the stack …"
    ask_to_delete
    local waited=0
    while state=$(stack_state) && [ "$state" != gone ] && [ "$state" != DELETE_COMPLETE ]; do
        if [ "$state" = DELETE_FAILED ] || [ "$waited" -ge "$seconds_to_wait" ]; then
            echo "verify-on-aws: the stack \`$stack\` is still there ($state): delete it in the console" >&2
            [ -z "$refusal" ] || echo "verify-on-aws: AWS says: $refusal" >&2
            return 1
        fi
        # It is refused as long as the stack is being changed.
        [ "$state" = DELETE_IN_PROGRESS ] || ask_to_delete
        sleep 2
        waited=$((waited + 2))
    done
    echo "The stack is deleted."
}

# Sets `refusal` to what AWS said against it, or to nothing.
ask_to_delete() {
    refusal=''
    aws cloudformation delete-stack --stack-name "$stack" >/dev/null 2>"$work/error" || refusal=$(aws_said)
}

# The sentence of the last error, without the name of the call.
aws_said() {
    local line
    line=$(tail -n 1 "$work/error")
    line=${line#*operation: }
    echo "${line:0:200}"
}

# Requests -------------------------------------------------------------------------------------------------------

# $1 api, $2 method, $3 path and query, then more for curl. Sets `status` and `body`.
call() {
    local api=$1 method=$2 path=$3 again
    shift 3
    for again in 1 2 3; do
        # MiniStack gives an authorizer without identity source one: `Authorization`.
        status=$(curl --silent --show-error --path-as-is --max-time 30 --request "$method" \
            --header 'authorization: probe' --header 'content-type: application/json' "$@" \
            --data '' --output "$work/body" --write-out '%{http_code}' "$(url "$api")$path" 2>"$work/error") || status=000
        # No answer, too many requests, or a moment without a backend.
        case $status in
            000 | 429 | 502 | 503 | 504) sleep "$again" ;;
            *) break ;;
        esac
    done
    [ "$status" != 000 ] || could_not_ask "no answer from $(url "$api"): $(cat "$work/error")"
    body=$(cat "$work/body")
    # A function's string comes as JSON where there is no proxy integration.
    body=${body//\\n/$'\n'}
}

probe() {
    local api=$1 probe=$2 path=$3
    shift 3
    call "$api" GET "$path" --header "x-probe: $probe" "$@"
}

url() {
    local id stage=probe
    case $1 in
        rest) id=$rest ;;
        guarded) id=$guarded ;;
        http) id=$http stage="\$default" ;;
    esac
    if [ -n "$invoke" ]; then
        # Not in double quotes: bash 3.2 takes the single ones in them otherwise.
        local url=$invoke
        url=${url//'{api}'/$id}
        url=${url//'{stage}'/$stage}
        echo "$url"
    elif [ "$stage" = probe ]; then
        echo "$(host "$id")/probe"
    else
        host "$id"
    fi
}

host() {
    case $region in
        cn-*) echo "https://$1.execute-api.$region.amazonaws.com.cn" ;;
        *) echo "https://$1.execute-api.$region.amazonaws.com" ;;
    esac
}

# One line of what the backend answered.
field() {
    local line
    while IFS= read -r line; do
        line=${line#\"}
        [ "${line%%=*}" != "$1" ] || { echo "${line#*=}" && return; }
    done <<<"$body"
}

# New APIs are not there at once, nor everywhere at once: each has to answer three times in a row.
wait_for_apis() {
    local api waited answered
    for api in rest guarded http; do
        waited=0 answered=0
        while [ "$answered" -lt 3 ]; do
            probe "$api" all /x
            if [ "$status" = 200 ]; then
                answered=$((answered + 1))
                continue
            fi
            [ "$waited" -lt 120 ] || could_not_ask "the $api API answers $status after two minutes: ${body:0:200}"
            sleep 2
            answered=0 waited=$((waited + 2))
        done
    done
}

# Facts ----------------------------------------------------------------------------------------------------------

# $1 name, $2 what Portcullis expects, $3 what was found, $4 verdict, $5 what to change if it is otherwise.
fact() {
    facts+=("$1") expectations+=("$2") findings+=("$3") verdicts+=("$4") changes+=("$5")
}

# The same where only what is expected will do.
exactly() {
    local verdict=otherwise
    [ "$2" != "$3" ] || verdict='as expected'
    fact "$1" "$2" "$3" "$verdict" "$4"
}

ask() {
    local api
    for api in rest http; do
        echo "Asking the $api API …"
        path "$api" trailing-slash /x/
        path "$api" encoded-letter /%78
        path "$api" encoded-slash /a%2Fb
        path "$api" empty-segment //x
        large "$api"
        context "$api"
        isolation "$api"
        two_values "$api" header
        two_values "$api" query
        by_path "$api"
    done
    by_route
    echo "Asking about policies and errors …"
    policies
    errors
    resource_policy
    echo "Changing a parameter of the stack …"
    changed_parameter
}

# A path that is not canonical. It is safe if it has no route; if the authorizer sees it as it was sent, which
# Portcullis refuses; or if the authorizer sees a path of the very route that API Gateway chose.
path() {
    local api=$1 sent=$3 found verdict=otherwise
    local change="shared/src/authz/access_table/matched.rs: the route that API Gateway names must decide, not the ARN"
    probe "$api" all "$sent"
    if [ "$status" = 200 ]; then
        local route arn
        route=$(field route) arn=$(field arn)
        found="200, route $route, ARN ${arn:-none}"
        if [ -z "$(field nonce)" ]; then
            found="200, past the authorizer"
            change="SECURITY.md: no route without authorizer may answer for a protected one"
        elif [ "$arn" = "$sent" ] || fits "$arn" "$route"; then
            verdict='as expected'
        fi
        probe "$api" exact "$sent"
        found="$found, that ARN alone $status"
        if [ "$verdict" = 'as expected' ] && [ "$status" != 200 ]; then
            verdict=otherwise
            change="shared/src/authz/policy/: the ARN that is evaluated is not the one that the authorizer is asked for"
        fi
    else
        found="$status, no route"
        [ "${status:0:1}" != 4 ] || verdict='as expected'
    fi
    fact "$api: $2 $sent" 'no route, or the ARN as sent or of the route' "$found" "$verdict" "$change"
}

# Whether the path $1 is one of the route $2.
fits() {
    case $2 in
        '/{any}') [[ $1 =~ ^/[^/]+$ ]] ;;
        *) [ "$1" = "$2" ] ;;
    esac
}

large() {
    local api=$1 size found=''
    for size in 9 32 120; do
        probe "$api" "all-size-$size" /x
        found="$found${found:+, }$size KB $status"
    done
    exactly "$api: long answers" '9 KB 200, 32 KB 200, 120 KB 200' "$found" \
        "shared/src/request/shape.rs: how long an answer may be; docs/lint.md: from where lint warns"
}

context() {
    local api=$1 sent='acme.Corp_1-2 stackflow/api.read' found=changed
    probe "$api" all /x --header "x-value: $sent"
    [ "$(field value)" != "$sent" ] || found=unchanged
    exactly "$api: context by proxy" unchanged "$found" "shared/src/response/context.rs: which characters a value may have"
    [ "$api" = rest ] || return 0
    call rest DELETE /x --header "x-value: $sent"
    found=changed
    if [ "$(field via)" != template ]; then
        found="no template ($status)"
    elif [ "$(field value)" = "$sent" ]; then
        found=unchanged
    fi
    exactly "rest: context by template" unchanged "$found" "shared/src/response/context.rs: which characters a value may have"
}

# Two callers in turn, one of them from the cache: each has its own context.
isolation() {
    local api=$1 round key foreign=0 verdict=otherwise
    until_cached "$api" POST /x --header 'x-key: isolation-two' --header 'x-value: two'
    for round in 1 2 3 4 5; do
        for key in "one-$round" two; do
            call "$api" POST /x --header "x-key: isolation-$key" --header "x-value: $key"
            [ "$(field value)" = "$key" ] || foreign=$((foreign + 1))
        done
    done
    if [ "$foreign" = 0 ]; then
        verdict='as expected'
        [ -n "$cached" ] || verdict='not seen'
    fi
    fact "$api: contexts of two callers" '0 of 10 foreign, cached' "$foreign of 10 foreign${cached:+, cached}" "$verdict" \
        "docs/tenants-and-caching.md: TTL 0 everywhere, until AWS has mended it"
}

# Sends a request until a nonce comes twice, which a cache alone can do. Sets `cached` to it, or to nothing.
until_cached() {
    local seen='' nonce round
    cached=''
    for round in 1 2 3 4 5 6; do
        call "$@"
        nonce=$(field nonce)
        [ -n "$nonce" ] || return 0
        case $seen in
            *"$nonce"*) cached=$nonce && return ;;
        esac
        seen="$seen $nonce"
    done
}

# Whether a request is answered with what was cached as `cached`. A cache has several nodes: it is asked thrice.
shares() {
    local round
    for round in 1 2 3; do
        call "$@"
        [ "$(field nonce)" != "$cached" ] || return 0
    done
    return 1
}

# Which value of an identity source that is there twice is the key of the cache.
two_values() {
    local api=$1 source=$2 found verdict=otherwise
    case $source in
        header)
            local both=(POST /x --header 'x-key: v1' --header 'x-key: v2')
            local first=(POST /x --header 'x-key: v1') last=(POST /x --header 'x-key: v2')
            ;;
        query)
            local both=(PUT '/x?key=v1&key=v2') first=(PUT '/x?key=v1') last=(PUT '/x?key=v2')
            ;;
    esac
    until_cached "$api" "${both[@]}"
    if [ "$status" != 200 ]; then
        found="refused with $status"
        [ "${status:0:1}" != 4 ] || verdict='as expected'
    elif [ -z "$cached" ]; then
        found='no cache seen' verdict='not seen'
    elif shares "$api" "${first[@]}"; then
        found='the first'
    elif shares "$api" "${last[@]}"; then
        found='the last'
    else
        found='both' verdict='as expected'
    fi
    fact "$api: two values, $source" 'both are the key, or refused' "$found" "$verdict" \
        "docs/tenants-and-caching.md: a tenant in a header or the query needs TTL 0, also as an identity source"
}

# Method and path as identity sources, beside a key.
by_path() {
    local api=$1 header=(--header 'x-key: by-path')
    apart "$api" PATCH "${header[@]}"
    fact "$api: context.path is in the key" 'an answer for each path' "$found" "$verdict" \
        "docs/tenants-and-caching.md: \`policy = \"request\"\` needs TTL 0; cli/src/command/access/: lint likewise"
}

by_route() {
    apart http DELETE --header 'x-key: by-route' --header 'x-probe: simple'
    fact "http: context.routeKey is in the key" 'an answer for each path' "$found" "$verdict" \
        "docs/tenants-and-caching.md: simple responses need TTL 0; infra/http-api.yaml: AuthorizerResultTtlInSeconds: 0"
}

# Whether two paths, under one key otherwise, have answers of their own in the cache. Sets `found` and `verdict`.
apart() {
    local api=$1 method=$2
    shift 2
    verdict=otherwise
    until_cached "$api" "$method" /x "$@"
    if [ "$status" != 200 ]; then
        found="answers $status"
    elif [ -z "$cached" ]; then
        found='no cache seen' verdict='not seen'
    elif shares "$api" "$method" /y "$@"; then
        found='one answer for both paths'
    else
        found='an answer for each path' verdict='as expected'
    fi
}

# What an authorizer's policy may say. HTTP APIs are not asked: Portcullis gives them the same policies.
policies() {
    local dev="docs/dev.md and local/src/gateway/policy/"
    pair 'aws:CurrentTime' past over '200 403' "$dev: refuse the condition; nothing that is deployed has one"
    pair 'NotResource' not-other not-this '200 403' "$dev: refuse the element; nothing that is deployed has one"
    pair 'Condition in a Deny' deny-there deny-here '200 403' "$dev: refuse the condition; nothing that is deployed has one"
    local found
    probe rest letters /caf%C3%A9
    found="letters $status"
    probe rest escapes /caf%C3%A9
    exactly 'rest: a resource that is not ASCII' 'letters 403, escapes 200' "$found, escapes $status" \
        "shared/src/authz/policy/: \`request\` answers of paths with %C3%A9; docs/access-table.md"
}

# $1 name, $2 a probe that should pass, $3 one that should not.
pair() {
    local first
    probe rest "$2" /x
    first=$status
    probe rest "$3" /x
    exactly "rest: $1" "$4" "$first $status" "$5"
}

errors() {
    probe rest throw /x
    exactly 'rest: the error Unauthorized' 401 "$status" "docs/settings.md: ON_UNAUTHENTICATED=deny by default"
    probe http throw /x
    exactly 'http: the error Unauthorized' 500 "$status" \
        "docs/settings.md: ON_UNAUTHENTICATED at HTTP APIs; local/src/gateway/flow.rs: do as API Gateway does"
    probe rest deny /x --header 'x-value: INSUFFICIENT_ROLE'
    exactly 'rest: context in a 403' '403 INSUFFICIENT_ROLE' "$status $(field value)" \
        "docs/concepts.md: the gateway response ACCESS_DENIED has no code"
}

resource_policy() {
    local dev=local/src/gateway/resource_policy.rs
    probe rest none /x
    exactly 'rest: no match' 403 "$status" "SECURITY.md: no REST API may use Portcullis; $dev"
    probe guarded none /x
    exactly 'rest: no match, resource policy allows' 200 "$status" \
        "docs/access-table.md: \`resource_policy = \"allows\"\` is stricter than it has to be; $dev"
    probe guarded deny /x
    exactly 'rest: denied, resource policy allows' 403 "$status" \
        "SECURITY.md: no REST API with a resource policy may use Portcullis; $dev"
}

# Without a new version an alias goes on serving what it served: a changed setting would be deployed and not hold.
changed_parameter() {
    local name='stack: a changed parameter is served' found
    local change="infra/template.yaml: AutoPublishAlias; infra/README.md: publish a version after each change of a parameter"
    if change_parameter; then
        exactly "$name" second "$found" "$change"
    else
        fact "$name" second "$found" 'not seen' "$change"
    fi
}

# Sets `found` to what the alias serves after it; or, and fails, to why that is not known.
change_parameter() {
    local busy
    aws cloudformation update-stack --stack-name "$stack" --template-body "file://$template" \
        --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND \
        --parameters ParameterKey=Setting,ParameterValue=second >/dev/null 2>"$work/error" || {
        found="the stack was not changed: $(aws_said)"
        return 1
    }
    for busy in UPDATE_IN_PROGRESS UPDATE_COMPLETE_CLEANUP_IN_PROGRESS; do
        wait_while "$busy" || { found=$(still_in) && return 1; }
    done
    [ "$state" = UPDATE_COMPLETE ] || {
        found="the stack was not changed ($state): $(why_not)"
        return 1
    }
    found=$(aws lambda get-function-configuration --function-name "$versioned" --qualifier live \
        --query Environment.Variables.SETTING --output text 2>"$work/error") || {
        found="AWS does not say what the alias serves: $(aws_said)"
        return 1
    }
    # The name of the role stands before it.
    found=${found#*=}
}

# What is said of it ---------------------------------------------------------------------------------------------

report() {
    local at
    echo
    row fact expected found verdict
    for at in "${!facts[@]}"; do
        row "${facts[at]}" "${expectations[at]}" "${findings[at]}" "${verdicts[at]}"
    done
    all_as_expected && echo && echo 'All is as Portcullis expects.' && return
    echo
    echo 'What to change:'
    for at in "${!facts[@]}"; do
        case ${verdicts[at]} in
            otherwise) printf '  %s\n      %s\n' "${facts[at]}" "${changes[at]}" ;;
            'not seen') printf '  %s\n      nothing yet: it was not seen, so ask again\n' "${facts[at]}" ;;
        esac
    done
    echo
}

row() {
    printf '%-11s  %-38s  %-45s  %s\n' "$4" "$1" "$2" "$3"
}

all_as_expected() {
    local verdict
    for verdict in "${verdicts[@]}"; do
        [ "$verdict" = 'as expected' ] || return 1
    done
}

write_json() {
    local at comma=''
    printf '{"region": %s, "facts": [' "$(quoted "$region")"
    for at in "${!facts[@]}"; do
        printf '%s\n  {"fact": %s, "expected": %s, "found": %s, "verdict": %s, "change": %s}' "$comma" \
            "$(quoted "${facts[at]}")" "$(quoted "${expectations[at]}")" "$(quoted "${findings[at]}")" \
            "$(quoted "${verdicts[at]}")" "$(quoted "${changes[at]}")"
        comma=,
    done
    printf '\n]}\n'
}

# As a string of JSON.
quoted() {
    local text=${1//\\/\\\\}
    text=${text//\"/\\\"}
    printf '"%s"' "$(printf '%s' "$text" | tr -d '\000-\037')"
}

main "$@"
